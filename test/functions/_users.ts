import { expect } from 'vitest'
import { roleMay, scopes, siteTokenMay } from '../../lib/model/auth/scopes.ts'
import { siteSpec } from '../_site-spec.ts'
import { administrator, type Panel } from './_harness.ts'

export const password = 'a password of a user'

/** Adds a user as the administrator, signs them in, and answers the header that makes calls theirs. */
export async function newUser({ call }: Panel, username: string, limits = {}): Promise<{ cookie: string }> {
  expect((await call('POST /api/users', { body: { username, password, limits } })).status).toBe(201)
  const { headers } = await call('POST /api/session', {
    body: { username, password },
    headers: { cookie: '' },
    address: `192.0.2.77`,
  })
  return { cookie: headers.get('set-cookie')!.split(';')[0]! }
}

/** Puts a settled site into the store, a static one but for the changes, as no machine stands behind these tests. */
export function putSite(
  { ctx }: Pick<Panel, 'ctx'>,
  domain: string,
  owner: string | null,
  changes: Parameters<typeof siteSpec>[0] = {},
): void {
  const spec = siteSpec({ ...changes, domain })
  const now = '2026-11-23T00:00:00.000Z'
  ctx.db.sqlite
    .prepare('INSERT INTO sites (domain, spec, owner, created_at, updated_at) VALUES (?, ?, ?, ?, ?)')
    .run(domain, JSON.stringify(spec), owner, now, now)
  const insert = ctx.db.sqlite.prepare('INSERT INTO site_names (name, domain) VALUES (?, ?)')
  for (const name of [domain, ...spec.aliases]) insert.run(name, domain)
}

/** The headers of a call with a token, and without the session. */
export const bearer = (secret: string) => ({ cookie: '', authorization: `Bearer ${secret}` })

/** Makes a token as somebody, and answers it with the headers of a call with it. */
export async function newToken({ call }: Pick<Panel, 'call'>, body: object, headers: Record<string, string> = {}) {
  const { status, body: made } = await call('POST /api/tokens', { body: { name: 'A token', ...body }, headers })
  expect([status, made.code]).toEqual([201, undefined])
  return {
    ...(made as { id: string; secret: string; expiresAt: string | null; madeBy: string | null; site: string | null }),
    headers: bearer(made.secret as string),
  }
}

const ofUsers = Object.keys(scopes).filter((scope) => roleMay('user', scope))
const ofOneSite = ofUsers.filter(siteTokenMay)

/** Everybody who may call: the headers of each kind of caller. */
export async function everyCaller(panel: Panel, customer: { cookie: string }, site: string) {
  const { headers } = await panel.call('POST /api/session', {
    body: administrator,
    headers: { cookie: '' },
    address: '192.0.2.78',
  })
  return {
    stranger: { cookie: '' },
    customer,
    customersToken: (await newToken(panel, { scopes: ofUsers }, customer)).headers,
    customersSiteToken: (await newToken(panel, { scopes: ofOneSite, site }, customer)).headers,
    administratorsSiteToken: (await newToken(panel, { scopes: ofOneSite, site })).headers,
    fewScopes: (await newToken(panel, { scopes: ['sites:read', 'users:read', 'tokens:read'] })).headers,
    administratorsToken: (await newToken(panel, { scopes: Object.keys(scopes) })).headers,
    administrator: { cookie: headers.get('set-cookie')!.split(';')[0]! },
  }
}
