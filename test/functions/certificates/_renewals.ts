import { beforeEach, vi } from 'vitest'
import { renewCertificates } from '../../../lib/panel/certificates/renew.ts'
import { listAlerts } from '../../../lib/panel/store/alerts.ts'
import type { Answers } from '../_agent.ts'
import { putCertificate, withAuthority } from '../_authority.ts'
import { openPanel } from '../_harness.ts'
import { putSite } from '../_users.ts'

beforeEach(() => void vi.spyOn(console, 'log').mockReturnValue())

/** A panel whose sites and certificates are only in its store, and a turn of the hook. */
export async function withRenewals(answers?: Answers) {
  const panel = await openPanel()
  const authority = withAuthority(panel.ctx, answers)
  const turn = (now = Date.now()) => renewCertificates(panel.ctx, now)
  const site = (
    domain: string,
    age: number,
    more: Parameters<typeof putCertificate>[2] = {},
    aliases: string[] = [],
  ) => {
    putSite(panel, domain, null, { aliases })
    return putCertificate(panel, domain, { age, covered: [domain, ...aliases], ...more })
  }
  const alerts = () => listAlerts(panel.ctx.db).map(({ key, severity, message }) => [key, severity, message])
  return { panel, authority, turn, site, alerts }
}
