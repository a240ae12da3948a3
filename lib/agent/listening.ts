import { existsSync, readFileSync } from 'node:fs'

const LISTEN = '0A'

/** TCP ports that programs listen on for others than this machine: proc(5), /proc/net/tcp. */
export function listeningPorts(files: readonly string[] = ['/proc/net/tcp', '/proc/net/tcp6']): number[] {
  const lines = files.filter((file) => existsSync(file)).flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1))
  return [...new Set(lines.flatMap(portOf))].sort((a, b) => a - b)
}

function portOf(line: string): number[] {
  const [, local, , state] = line.trim().split(/\s+/)
  const [address, port] = local?.split(':') ?? []
  return state === LISTEN && address && !isLoopback(address) ? [Number.parseInt(port!, 16)] : []
}

/** 127.0.0.0/8, ::1, and the former as IPv6 writes it. Addresses are in the machine's byte order, four bytes at a time. */
const isLoopback = (hex: string): boolean => /^(?:.{6}7F|0{24}01000000|0{16}FFFF0000.{6}7F)$/.test(hex)
