import { timingSafeEqual } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { H3Event } from 'h3'
import { PanelError } from '../../model/errors.ts'

const same = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Whether nginx itself asks. Programs that run as nginx's user reach the panel's socket too: only the secret tells. */
export const nginxProof =
  (secret: string) =>
  (event: H3Event): boolean =>
    secret !== '' && same(event.req.headers.get('x-hosting-panel-proxy') ?? '', secret)

/** Address of the server's root on record: its requests come by the panel's socket. */
const OWN = '127.0.0.1'

/**
 * Tells the asking machine's address. A forwarded one counts only beside the secret that nginx alone knows. So does
 * the number nginx gives each connection, which is put into the event's context: those made later have higher ones.
 * A request without proof is refused, and counts as nobody's try, unless root's command line sends it with its token.
 * Throws `not_proven`.
 */
export function addressReader(secret: string, isRoot: (event: H3Event) => boolean): (event: H3Event) => string {
  const isNginx = nginxProof(secret)
  return (event) => {
    const forwarded = event.req.headers.get('x-real-ip') ?? ''
    const proven = isNginx(event)
    event.context.connection = proven ? Number(event.req.headers.get('x-hosting-panel-connection')) || null : null
    if (proven && isIP(forwarded)) return forwarded
    if (isRoot(event)) return OWN
    throw new PanelError(
      'not_proven',
      403,
      'The panel answers only nginx and root’s command line. Use its address: https://this-server:8080',
    )
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
