import { SERVER, type Certificate, type KeyType, type CustomCertificate } from '../../model/certificates/schema.ts'
import { PanelError } from '../../model/errors.ts'
import type { Change } from '../../model/protocol/change.ts'
import type { Context } from '../http/context.ts'
import { getSpec } from '../sites/read.ts'
import { resolveAlert } from '../store/alerts.ts'
import { removeCertificate as removeRow } from '../store/certificates.ts'
import { alertKey } from './alert.ts'
import { withLock } from './lock.ts'
import { getCertificate } from './read.ts'
import { serve } from './serve.ts'
import { findSubject, type Subject } from './subject.ts'

/** Serves a certificate that somebody brought. Throws `certificate_invalid`, `certificate_busy`. */
export const putCertificate = (ctx: Context, name: string, own: CustomCertificate): Promise<Certificate> =>
  withLock(name, async () => {
    const subject = await findSubject(ctx, name)
    const facts = await ctx.agent.call('certificates.keep', { subject: name, names: subject.names, ...own })
    await serve(
      ctx,
      subject,
      facts,
      { source: 'own', names: null, challenge: null, dnsProvider: null, keyType: facts.keyType as KeyType },
      () => {},
    )
    return getCertificate(ctx, name)
  })

/** Plans the end of https. Throws as removing it does. */
export async function planRemoval(ctx: Context, name: string): Promise<Change[]> {
  const subject = await findSubject(ctx, name)
  refuseRemoval(ctx, subject)
  return subject.planRemoval()
}

/**
 * Ends https for a site, or goes back to the self-signed certificate for the server. Throws `certificate_missing`,
 * `hsts_on`.
 */
export const deleteCertificate = (ctx: Context, name: string): Promise<void> =>
  withLock(name, async () => {
    const subject = await findSubject(ctx, name)
    refuseRemoval(ctx, subject)
    await subject.serve(null)
    removeRow(ctx.db, name)
    resolveAlert(ctx.db, alertKey(name))
    await ctx.agent.call('certificates.prune', { subject: name, current: null })
  })

function refuseRemoval(ctx: Context, { name, served }: Subject): void {
  if (!served) throw new PanelError('certificate_missing', 404, 'There is no certificate to remove')
  if (name !== SERVER) refuseHsts(ctx, name)
}

function refuseHsts(ctx: Context, domain: string): void {
  if (getSpec(ctx, domain).hsts)
    throw new PanelError(
      'hsts_on',
      409,
      'HSTS is on: browsers that have visited the site could not open it any more. Turn HSTS off first, and wait ' +
        'until they have visited it again',
    )
}
