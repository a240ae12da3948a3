import { raiseAlert } from '../../../lib/panel/store/alerts.ts'
import { saveCertificate } from '../../../lib/panel/store/certificates.ts'
import { newFacts, putCertificate, withAuthority } from '../_authority.ts'
import { openPanel } from '../_harness.ts'
import { newUser, putSite } from '../_users.ts'

/**
 * Ann and Bob with a site each, one of the administrators', and a certificate and an alert for all of them and the
 * server.
 */
export async function withUsers() {
  const panel = await openPanel()
  await panel.signIn()
  const [ann, bob] = [await newUser(panel, 'ann'), await newUser(panel, 'bob')]
  const authority = withAuthority(panel.ctx)
  for (const [domain, owner] of [
    ['ann.test', 'ann'],
    ['bob.test', 'bob'],
    ['ours.test', null],
  ] as const) {
    putSite(panel, domain, owner)
    putCertificate(panel, domain)
  }
  await panel.call('PATCH /api/settings', { body: { serverName: 'panel.test' } })
  saveCertificate(panel.ctx.db, {
    subject: '@server',
    site: null,
    source: 'own',
    names: null,
    challenge: null,
    dnsProvider: null,
    keyType: 'ecdsa',
    facts: newFacts(['panel.test']),
    failures: 0,
    nextTry: null,
    problem: null,
  })
  const since = '2026-11-27T00:00:00.000Z'
  for (const site of ['ann.test', 'bob.test', 'ours.test'])
    raiseAlert(panel.ctx.db, { key: `certificate:${site}`, site, severity: 'warning', message: site, since })
  raiseAlert(panel.ctx.db, { key: 'certificate:@server', site: null, severity: 'critical', message: 'server', since })
  authority.reset()
  const tokenFor = async (site: string | undefined, scopes: string[], headers?: Record<string, string>) => {
    const body = { name: 'T', scopes, ...(site && { site }) }
    const made = await panel.call('POST /api/tokens', { body, ...(headers && { headers }) })
    return { cookie: '', authorization: `Bearer ${made.body.secret}` }
  }
  return { panel, authority, ann, bob, tokenFor }
}
