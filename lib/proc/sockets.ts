import { existsSync, readFileSync } from 'node:fs'

export interface Socket {
  localPort: number
  /** Whether only this machine reaches it, by IPv4 or IPv6. */
  loopback: boolean
  listening: boolean
  /** Whether both ends are there: a request, a WebSocket or a download that is under way. */
  established: boolean
  uid: number
  inode: string
}

const LISTEN = '0A'
const ESTABLISHED = '01'

/**
 * Every TCP socket of this machine: proc(5), /proc/net/tcp, which any user may read. A sandbox may hide whose they are
 * (65534).
 */
export function readSockets(files: readonly string[] = ['/proc/self/net/tcp', '/proc/self/net/tcp6']): Socket[] {
  return files
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1).flatMap(toSocket))
}

function toSocket(line: string): Socket[] {
  const [, local, , state, , , , uid, , inode] = line.trim().split(/\s+/)
  const [address, port] = local?.split(':') ?? []
  if (!address || !port) return []
  return [
    {
      localPort: Number.parseInt(port, 16),
      loopback: isLoopback(address),
      listening: state === LISTEN,
      established: state === ESTABLISHED,
      uid: Number(uid),
      inode: inode ?? '',
    },
  ]
}

/**
 * 127.0.0.0/8, ::1, and the former as IPv6 writes it. Addresses are in the machine's byte order, four bytes at a time.
 */
const isLoopback = (hex: string): boolean => /^(?:.{6}7F|0{24}01000000|0{16}FFFF0000.{6}7F)$/.test(hex)
