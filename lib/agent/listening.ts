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

/** Addresses are in the machine's byte order, four bytes at a time: 127.0.0.1 is 0100007F. */
const isLoopback = (hex: string): boolean => /7F$/.test(hex.slice(0, 8)) && hex.length === 8 || hex === '00000000000000000000000001000000' || /^0000000000000000FFFF0000.{6}7F$/.test(hex)
