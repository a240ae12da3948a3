import type { Proof } from '../../drivers/certbot/commands.ts'
import { dnsProof, order } from '../../drivers/certbot/index.ts'
import {
  isWhole,
  keepVersion,
  listVersions,
  newKey,
  readRoots,
  pruneVersions,
  sweepVersions,
  withKeyFile,
} from '../../drivers/certificates/index.ts'
import { checkAndReload, renewSelfSigned, servedCertificate } from '../../drivers/nginx/index.ts'
import { providers } from '../../model/certificates/dns-providers.ts'
import {
  factsOf,
  idOf,
  isPrivate,
  readCertificates,
  readPrivateKey,
  refuseUnsound,
} from '../../model/certificates/pem.ts'
import type { CertificateFacts } from '../../model/certificates/schema.ts'
import { PanelError } from '../../model/errors.ts'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import { covers } from '../../model/wildcard.ts'
import { errorCode, inspect } from '../../system/files.ts'
import { readAges } from '../clock/clock.ts'

type OnProgress = (progress: Progress) => void
type Issue = Parsed<'certificates.issue'>

/** Number of certbot's lines that a job keeps. */
const MOST_LINES = 200

/** A certificate that was had within this and never served was for a panel that died meanwhile (ms). */
const FRESH_MS = 86_400_000

/**
 * Has an authority give a certificate, and keeps it; or with `dryRun` only tries. One that was had and never used is
 * taken instead of another: authorities count. Throws what certbot's driver does, `dns_credentials_missing`,
 * `disk_full`.
 */
export const issue = (input: Issue, onProgress: OnProgress): Promise<Output<'certificates.issue'>> =>
  obtain(input, onProgress).catch(tellFull)

function tellFull(error: unknown): never {
  if (!['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '')) throw error
  throw new PanelError(
    'disk_full',
    507,
    'The disk is full, so the certificate could not be saved. Free some space and try again',
  )
}

async function obtain(input: Issue, onProgress: OnProgress): Promise<Output<'certificates.issue'>> {
  const { dryRun, subject } = input
  const step = dryRun ? 'Trying it with the staging server' : 'Asking the authority'
  onProgress({ step, percent: 0 })
  const proof = await proofOf(input)
  await refuseForeignFile(input.caFile)
  const spare = dryRun ? undefined : await unused(input)
  if (spare) return { facts: spare, asked: false }
  const key = newKey(input.keyType)
  const chain = await withKeyFile(key, (path) =>
    order(
      { names: input.names, key: path, server: input.server, email: input.email, caFile: input.caFile, proof, dryRun },
      atMost(MOST_LINES, (output) => onProgress({ step, percent: 50, output })),
    ),
  )
  if (dryRun) return { facts: null, asked: true }
  const certificates = readCertificates(chain ?? '')
  refuseUnsound(certificates, readPrivateKey(key), new Date())
  const facts = await keepVersion(subject, certificates, key, input.server)
  const missing = input.names.find((name) => !covers(facts.names, name))
  if (missing) throw new PanelError('authority_refuses', 502, `The authority’s certificate does not cover ${missing}`)
  return { facts, asked: true }
}

async function proofOf({ challenge, dnsProvider, account }: Issue): Promise<Proof> {
  if (challenge === 'http-01') return { challenge }
  const proof = dnsProvider && (await dnsProof(account, dnsProvider))
  if (proof) return proof
  throw new PanelError(
    'dns_credentials_missing',
    409,
    `There are no credentials for ${dnsProvider ? providers[dnsProvider].title : 'a DNS provider'}; enter them ` +
      'on the page DNS providers first',
  )
}

/** certbot reads it as its own user, and the panel must not have other files read: root put it there for everybody. */
async function refuseForeignFile(path: string | null): Promise<void> {
  if (path === null) return
  const stats = await inspect(path)
  if (stats?.isFile() && stats.uid === 0 && (stats.mode & 0o022) === 0 && (stats.mode & 0o004) !== 0) return
  throw new PanelError(
    'ca_file_unusable',
    422,
    `${path} (acme.caFile in the settings) must be a file of root that everybody may read and only root may write`,
  )
}

/** Finds a certificate that was issued before and never served, and is newer than the one served. */
async function unused({ subject, names, keyType, server, current }: Issue): Promise<CertificateFacts | undefined> {
  const wanted = [...names].sort().join()
  const versions = await listVersions(subject)
  const since = versions.find(({ id }) => id === current)?.notBefore ?? ''
  const found = versions.find(
    (version) =>
      version.id !== current &&
      version.notBefore > since &&
      version.source === server &&
      version.keyType === keyType &&
      [...version.names].sort().join() === wanted &&
      Date.now() - Date.parse(version.notBefore) < FRESH_MS &&
      isYoung(version, Date.now()),
  )
  if (!found) return undefined
  const { source: _, ...facts } = found
  return facts
}

/** Whether most of its life is before it. */
const isYoung = ({ notBefore, notAfter }: CertificateFacts, now: number): boolean =>
  Date.parse(notAfter) - now > (Date.parse(notAfter) - Date.parse(notBefore)) * 0.7

function atMost(count: number, onLine: (line: string) => void): (line: string) => void {
  let told = 0
  return (line) => void (told++ < count && onLine(line))
}

/** Keeps a certificate of one's own. Throws `certificate_invalid`, `disk_full`. */
export const keepOwn = (own: Parsed<'certificates.keep'>): Promise<CertificateFacts> => keepSound(own).catch(tellFull)

async function keepSound({
  subject,
  names,
  certificate,
  privateKey,
  chain,
}: Parsed<'certificates.keep'>): Promise<CertificateFacts> {
  const certificates = readCertificates(`${certificate}\n${chain}`)
  const key = readPrivateKey(privateKey)
  refuseUnsound(certificates, key, new Date())
  const privateAuthority = isPrivate(certificates, await readRoots())
  const { names: covered } = factsOf(certificates[0]!)
  if (!names.some((name) => covers(covered, name))) {
    const has = covered.join(', ') || 'no name at all'
    const message = `The certificate is for ${has}, which is none of ${names.join(', ')}`
    throw new PanelError('certificate_invalid', 422, message, { issues: [{ path: 'certificate', message }] })
  }
  const pem = key.export({ type: 'pkcs8', format: 'pem' }) as string
  return { ...(await keepVersion(subject, certificates, pem, 'own')), privateAuthority }
}

/** Which of these versions are missing or damaged. */
export async function certificateState({
  versions,
}: Parsed<'certificates.state'>): Promise<Output<'certificates.state'>> {
  const broken: string[] = []
  for (const { subject, id } of versions) if (!(await isWhole(subject, id))) broken.push(subject)
  return { broken }
}

export async function prune({ subject, current }: Parsed<'certificates.prune'>): Promise<Record<string, never>> {
  await pruneVersions(subject, current)
  return {}
}

export async function sweep({ subjects }: Parsed<'certificates.sweep'>): Promise<Output<'certificates.sweep'>> {
  const ageOf = await readAges()
  return { removed: await sweepVersions(new Set(subjects), (at) => ageOf(at) > FRESH_MS) }
}

/** Reads the certificate that nginx gives for a name. */
export async function answer(name: string, port: 443 | 8080): Promise<string | null> {
  const certificate = await servedCertificate(name, port)
  return certificate && idOf(certificate)
}

/** Makes the self-signed certificate anew before it ends, and has nginx load it. */
export async function keepSelfSigned(): Promise<boolean> {
  const renewed = await renewSelfSigned()
  if (renewed) await checkAndReload()
  return renewed
}
