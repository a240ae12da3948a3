import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'

const ESTABLISHED = '01'

/** An IPv4 address and port as /proc/net/tcp writes them: 127.0.0.1:80 is 0100007F:0050. */
const written = (address: string, port: number): string =>
  [...address.split('.').map(Number).reverse(), port >> 8, port & 255]
    .map((byte) => byte.toString(16).padStart(2, '0').toUpperCase())
    .join('')
    .replace(/(?=.{4}$)/, ':')

/** The kernel's table of connections over IPv4. */
export const readConnections = (): string => readFileSync('/proc/self/net/tcp', 'utf8')

/**
 * The user whose program opened a connection over IPv4 from one port of this machine to another; null when there is
 * none. The kernel tells it, so that no program can say that it is somebody else's while the connection is open. Pure
 * but for reading.
 */
export function ownerOfConnection(
  { address, port, server, serverPort }: { address: string; port: number; server: string; serverPort: number },
  read: () => string = readConnections,
): number | null {
  if (isIP(address) !== 4 || isIP(server) !== 4) return null
  const [from, to] = [written(address, port), written(server, serverPort)]
  for (const line of read().split('\n')) {
    const [, local, remote, state, , , , uid] = line.trim().split(/\s+/)
    if (local === from && remote === to && state === ESTABLISHED) return Number(uid)
  }
  return null
}
