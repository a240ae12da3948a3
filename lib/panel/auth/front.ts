import { isIP } from 'node:net'
import type { H3Event } from 'h3'
import { isPrivate, overlap } from '../../model/network.ts'
import { isProvider, providers } from '../../model/sites/trusted-proxies.ts'
import type { Context } from '../http/context.ts'
import { readRanges } from '../settings/trusted-networks.ts'
import { listAlerts, raiseAlert, resolveAlert } from '../store/alerts.ts'

const ALERT = 'proxies:front:'

/** Headers that a proxy in front of the panel passes on. */
const PASS_ON = 'Host, X-Forwarded-For, X-Forwarded-Proto and Upgrade'

/**
 * Tells by which proxy a request came, as nginx saw it: `trusted`, or the address of one that nobody named; null when
 * it came straight. Only nginx writes this header (lib/drivers/nginx/trusted-proxies.conf.ts).
 */
function frontOf(event: H3Event): string | null {
  const front = event.req.headers.get('x-hosting-panel-front') ?? ''
  return front === 'trusted' || isIP(front) ? front : null
}

const naming = (front: string): string =>
  'name it among the proxies in front of this server (page Server, or: hosting-panel settings update ' +
  `--trusted-proxies ${entryOf(front)})`

/** The entry of the list that is meant: the provider that has the address, or the address. */
function entryOf(address: string): string {
  const ranges = readRanges()
  return providers.find((provider) => ranges[provider].some((network) => overlap(network, address))) ?? address
}

/** Tells what to do where the browser has the panel at another address than the one that the request asks for. */
export function originHint(event: H3Event): string {
  const front = frontOf(event)
  if (front === null) {
    const origin = 'the header Origin: https://<the panel’s address>'
    return `Scripts must send ${origin}; a proxy in front must pass on ${PASS_ON}`
  }
  const todo = front === 'trusted' ? '' : `, and ${naming(front)}`
  return `It came by a proxy that does not pass on the Host of the browser. Have the proxy pass on ${PASS_ON}${todo}`
}

/**
 * Raises an alert when an administrator signed in by a proxy that is not trusted: all who come by it have its address
 * then. One who came straight, or by a trusted one, ends it.
 */
export function noteFront({ db }: Context, event: H3Event): void {
  const front = frontOf(event)
  if (front === null || front === 'trusted') return resolveFronts({ db }, () => true)
  if (!isPrivate(front) && !isProvider(entryOf(front))) return
  raiseAlert(db, {
    key: ALERT + front,
    site: null,
    severity: 'warning',
    since: new Date().toISOString(),
    message:
      `An administrator signed in by the proxy ${front}, which the panel does not trust, so everybody behind it has ` +
      'its address: in the audit log, for limits, and for the lock of sign-ins. Have it pass on ' +
      `${PASS_ON}, and ${naming(front)}`,
  })
}

/** Ends the alerts about proxies that are trusted by now. */
export function resolveFronts({ db }: Pick<Context, 'db'>, isTrusted: (address: string) => boolean): void {
  for (const { key } of listAlerts(db))
    if (key.startsWith(ALERT) && isTrusted(key.slice(ALERT.length))) resolveAlert(db, key)
}
