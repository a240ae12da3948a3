import type { H3Event } from 'h3'
import type { Identity } from '../../model/auth/identity.ts'
import { PanelError } from '../../model/errors.ts'
import { originHint } from './front.ts'

/**
 * Refuses what another site makes a browser send: a foreign Origin always; none only where a cookie was
 * used and the browser does not vouch for it with Sec-Fetch-Site. Throws `foreign_origin`.
 */
export function refuseForeignOrigin(event: H3Event, identity: Identity | null): void {
  const origin = event.req.headers.get('origin')
  const own =
    origin === null
      ? !identity?.hasSession || event.req.headers.get('sec-fetch-site') === 'same-origin'
      : URL.canParse(origin) && new URL(origin).host === event.req.headers.get('host')
  if (!own) throw new PanelError('foreign_origin', 403, `This request came from another site. ${originHint(event)}`)
}
