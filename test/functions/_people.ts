import { expect } from 'vitest'
import type { Panel } from './_harness.ts'

export const password = 'a password of a user'

/** Adds a user as the administrator, signs them in, and answers the header that makes calls theirs. */
export async function newPerson({ call }: Panel, username: string, limits = {}): Promise<{ cookie: string }> {
  expect((await call('POST /api/users', { body: { username, password, limits } })).status).toBe(201)
  const { headers } = await call('POST /api/session', { body: { username, password }, headers: { cookie: '' }, address: `192.0.2.77` })
  return { cookie: headers.get('set-cookie')!.split(';')[0]! }
}

/** Puts a settled static site into the store, as no machine stands behind these tests. */
export function putSite({ ctx }: Panel, domain: string, owner: string | null): void {
  const spec = {
    domain, runtime: 'static', aliases: [], phpVersion: null, proxyTo: null, isolation: 'own', redirectWww: false, bodyLimitMb: 64, enabled: true, httpsRedirect: true, hsts: false, hstsBefore: false, certificate: null, app: null, cache: { redis: null, page: null },
    phpSettings: { memoryLimitMb: 128, maxChildren: 5, maxExecutionSeconds: 60, uploadMaxMb: 64, maxInputVars: 1000, displayErrors: false, timezone: 'UTC' },
  }
  const now = '2026-11-23T00:00:00.000Z'
  ctx.db.sqlite.prepare('INSERT INTO sites (domain, spec, owner, created_at, updated_at) VALUES (?, ?, ?, ?, ?)').run(domain, JSON.stringify(spec), owner, now, now)
  ctx.db.sqlite.prepare('INSERT INTO site_names (name, domain) VALUES (?, ?)').run(domain, domain)
}
