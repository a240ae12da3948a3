import type { Certificate, CertificateRequest } from '../../model/certificates/schema.ts'
import { invalidInput } from '../../model/errors.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import { covers, isWildcard } from '../../model/wildcard.ts'
import type { Context } from '../http/context.ts'
import { noteProblem } from '../store/certificates.ts'
import { isAmong, wantedNames } from './due.ts'
import { askForTheRest, noteLeft } from './left-out.ts'
import { withLock, refuseBusy } from './lock.ts'
import { getCertificate } from './read.ts'
import { removeOrphan } from './orphans.ts'
import { ask, findProblems, messageOf, recorded, refuseProblems, type Try } from './request.ts'
import { serve } from './serve.ts'
import { findSubject } from './subject.ts'

type OnProgress = (progress: Progress) => void

/** Refuses at once what cannot be asked for. Throws `invalid_input`, `certificate_busy`. */
export async function refuseUnaskable(
  ctx: Context,
  name: string,
  { names, challenge, dnsProvider }: CertificateRequest,
): Promise<void> {
  const subject = await findSubject(ctx, name)
  const foreign = names?.find((each) => !isAmong(each, subject.names))
  const wildcard = names?.find(isWildcard)
  if (foreign) throw invalidInput('names', `${foreign} is not one of the names here; add it as an alias first`)
  if (names && !subject.names.some((each) => covers(names, each)))
    throw invalidInput('names', `${names.join(', ')} would cover none of the names here; add ${subject.primary} too`)
  if (wildcard && challenge !== 'dns-01')
    throw invalidInput('challenge', `A wildcard (${wildcard}) needs a proof by DNS; choose dns-01`)
  if (challenge === 'dns-01' && !dnsProvider) throw invalidInput('dnsProvider', 'Name the DNS provider of the domain')
  if (challenge === 'http-01' && dnsProvider)
    throw invalidInput('dnsProvider', 'A proof by http needs no DNS provider; choose dns-01 to use one')
  refuseBusy(name)
}

/**
 * Gets a certificate and serves it: names and DNS are looked at, the staging server is tried, the authority asked,
 * nginx set up, and the answer looked at. A failure leaves what was served before. Of all names of a site those that
 * lead elsewhere are left out; names that somebody chose are had together, or not at all.
 */
export const issueCertificate = (
  ctx: Context,
  name: string,
  request: CertificateRequest,
  onProgress: OnProgress,
): Promise<Certificate> =>
  withLock(name, async () => {
    const subject = await findSubject(ctx, name)
    const how = { challenge: request.challenge, dnsProvider: request.dnsProvider ?? null, keyType: request.keyType }
    const attempt: Try = {
      subject,
      kind: 'request',
      names: wantedNames(request.names ?? null, subject.names, request.challenge),
      how,
      onProgress,
      asking: false,
    }
    try {
      await recorded(ctx, attempt, async () => {
        const problems = await findProblems(ctx, attempt)
        if (request.names) refuseProblems(problems)
        const { facts, left } = request.names
          ? { facts: await ask(ctx, attempt), left: [] }
          : await askForTheRest(ctx, attempt, problems)
        await serve(ctx, subject, facts, { ...how, source: 'acme', names: request.names ?? null }, onProgress)
        noteLeft(ctx, name, facts, left, Date.now())
      })
    } catch (error) {
      noteProblem(ctx.db, name, messageOf(error))
      await removeOrphan(ctx, name)
      throw error
    }
    return getCertificate(ctx, name)
  })
