import { timingSafeEqual } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { H3Event } from 'h3'

const same = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Whether nginx itself asks. Every user of the server reaches loopback: only the secret tells. */
export const nginxProof = (secret: string) => (event: H3Event): boolean =>
  secret !== '' && same(event.req.headers.get('x-hosting-panel-proxy') ?? '', secret)

/**
 * Tells the asking machine's address. Every user of the server reaches loopback, so a forwarded address
 * counts only beside the secret that nginx alone knows; else it is the connection's own. So does the number
 * nginx gives each connection, which is put into the event's context: those made later have higher ones.
 */
export function addressReader(secret: string): (event: H3Event) => string {
  const isNginx = nginxProof(secret)
  return (event) => {
    const forwarded = event.req.headers.get('x-real-ip') ?? ''
    const proven = isNginx(event)
    event.context.connection = proven ? Number(event.req.headers.get('x-hosting-panel-connection')) || null : null
    if (proven && isIP(forwarded)) return forwarded
    return event.runtime?.node?.req.socket.remoteAddress ?? 'unknown'
  }
}

/** Whom limits count: an IPv4 address, but a whole IPv6 /64, as whoever has one address there has them all. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1]!
  const [head = [], tail = []] = address.split('::').map((half) => half.split(':').filter(Boolean))
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0')
  const groups = [...head, ...zeros, ...tail].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${groups.join(':')}::/64`
}

/** The secret nginx sends along, made by the installer; empty when there is none. */
export function readSecret(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
}
