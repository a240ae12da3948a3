import { is } from 'valibot'
import type { CertificateFacts } from '../../model/certificates/schema.ts'
import { PanelError } from '../../model/errors.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import { covers, domainOrWildcard, exampleOf } from '../../model/wildcard.ts'
import type { Context } from '../http/context.ts'
import { resolveAlert } from '../store/alerts.ts'
import { saveCertificate, type CertificateRow } from '../store/certificates.ts'
import { alertKey } from './alert.ts'
import type { Subject } from './subject.ts'

/**
 * Has nginx serve a certificate that the agent keeps, looks whether it is the one that answers, and writes down how it
 * is had. Throws `certificate_not_served`, and then the one before is served again. One of one's own may be for names
 * that no site can have.
 */
export async function serve(
  ctx: Context,
  subject: Subject,
  facts: CertificateFacts,
  how: Omit<CertificateRow, 'subject' | 'site' | 'facts' | 'failures' | 'nextTry' | 'problem'>,
  onProgress: (progress: Progress) => void,
): Promise<void> {
  onProgress({ step: 'Setting https up', percent: 85 })
  await subject.serve({ id: facts.id, names: facts.names.filter((name) => is(domainOrWildcard, name)) })
  onProgress({ step: 'Checking that it answers', percent: 95 })
  await refuseOther(ctx, subject, facts)
  saveCertificate(ctx.db, {
    ...how,
    subject: subject.name,
    site: subject.site,
    facts,
    failures: 0,
    nextTry: null,
    problem: null,
  })
  resolveAlert(ctx.db, alertKey(subject.name))
  await ctx.agent.call('certificates.prune', { subject: subject.name, current: facts.id })
}

/** A directive of one's own, or another program on the port, may answer in nginx's place. */
async function refuseOther(ctx: Context, subject: Subject, { id, names }: CertificateFacts): Promise<void> {
  const name = exampleOf(subject.names.find((each) => covers(names, each)) ?? subject.primary)
  const { id: answering } = await ctx.agent.call('certificates.answer', { name, port: subject.port })
  if (answering === id) return
  await subject.serve(subject.served)
  throw new PanelError(
    'certificate_not_served',
    503,
    `${name} answers with another certificate than the new one, so the previous one is served again. Does an ` +
      `nginx directive of your own, or another program, use port ${subject.port}?`,
  )
}
