import { createPrivateKey, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { dirname } from 'node:path'
import { believed } from '../../model/clock.ts'
import { certificateFiles } from '../../model/certificates/files.ts'
import { factsOf, idOf, readCertificates, toChain } from '../../model/certificates/pem.ts'
import type { CertificateFacts, KeyType } from '../../model/certificates/schema.ts'
import { paths } from '../../model/paths.ts'
import {
  ensureDirectory,
  inspect,
  listDirectory,
  move,
  readText,
  removeDirectory,
  removeFile,
  writeAtomically,
} from '../../system/files.ts'
import { removeTree } from '../../system/tree.ts'

const secret = { uid: 0, gid: 0, mode: 0o600 }
const closed = { uid: 0, gid: 0, mode: 0o700 }

/** A new private key, as PEM. */
export function newKey(type: KeyType): string {
  const { privateKey } =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
}

/** Works with a key in a file that only root reads, and that is gone afterwards. */
export async function withKeyFile<T>(key: string, work: (path: string) => Promise<T>): Promise<T> {
  const directory = `${paths.certificates}/.new-${randomBytes(8).toString('hex')}`
  await ensureDirectory(paths.certificates, closed)
  await ensureDirectory(directory, closed)
  try {
    await writeAtomically(`${directory}/privkey.pem`, key, secret)
    return await work(`${directory}/privkey.pem`)
  } finally {
    await removeFile(`${directory}/privkey.pem`)
    await removeDirectory(directory)
  }
}

/** Keeps a version under its fingerprint, whole or not at all. `source` says where it is from. */
export async function keepVersion(
  subject: string,
  chain: readonly X509Certificate[],
  key: string,
  source: string,
): Promise<CertificateFacts> {
  const facts = factsOf(chain[0]!)
  const { directory } = certificateFiles(subject, facts.id)
  if (await readVersion(subject, facts.id)) return facts
  const unfinished = `${paths.certificates}/.new-${randomBytes(8).toString('hex')}`
  for (const each of [paths.certificates, dirname(directory), unfinished]) await ensureDirectory(each, closed)
  try {
    await writeAtomically(`${unfinished}/fullchain.pem`, toChain(chain), secret, true)
    await writeAtomically(`${unfinished}/privkey.pem`, key, secret, true)
    await writeAtomically(`${unfinished}/source`, source, secret, true)
    // One of that name that is not whole: its files were deleted or damaged.
    if (await inspect(directory)) await removeTree(directory)
    await move(unfinished, directory)
  } catch (error) {
    await removeTree(unfinished)
    throw error
  }
  return facts
}

export interface Version extends CertificateFacts {
  source: string
}

/** A version that is there, whole, and the one its name says; else null. */
export async function readVersion(subject: string, id: string): Promise<Version | null> {
  const files = certificateFiles(subject, id)
  try {
    const [text, key] = [await readText(files.certificate), await readText(files.key)]
    const [leaf] = readCertificates(text ?? '')
    if (!leaf || !key || idOf(leaf) !== id || !leaf.checkPrivateKey(createPrivateKey(key))) return null
    return { ...factsOf(leaf), source: (await readText(`${files.directory}/source`)) ?? '' }
  } catch {
    return null
  }
}

/**
 * Whether a version is there and as it was kept. Reading certificates takes a moment, and many are asked about at once:
 * files that are older than the one written last are the ones that were written.
 */
export async function isWhole(subject: string, id: string): Promise<boolean> {
  const { directory, certificate, key } = certificateFiles(subject, id)
  const [chain, privateKey, last] = await Promise.all([certificate, key, `${directory}/source`].map(inspect))
  // One of a time that is still to come tells nothing: a file that was damaged since would be older.
  const written = last ? believed(last.ctimeMs, Date.now()) : 0
  const untouched = [chain, privateKey].every(
    (file) => file?.isFile() && file.size > 0 && Math.max(file.mtimeMs, file.ctimeMs) <= written,
  )
  return untouched || (await readVersion(subject, id)) !== null
}

/** Every version of a subject that is whole, the newest first. */
export async function listVersions(subject: string): Promise<Version[]> {
  const ids = (await listDirectory(`${paths.certificates}/${subject}`)).filter((name) => /^[0-9a-f]{32}$/.test(name))
  const versions = await Promise.all(ids.map((id) => readVersion(subject, id)))
  return versions.filter((version) => version !== null).sort((a, b) => b.notBefore.localeCompare(a.notBefore))
}

/** Deletes what is neither served nor the one before: going back to it must be possible. Without `current` all goes. */
export async function pruneVersions(subject: string, current: string | null): Promise<void> {
  const directory = `${paths.certificates}/${subject}`
  if (current === null) return removeTree(directory)
  const before = (await listVersions(subject)).find(({ id }) => id !== current)?.id
  for (const name of await listDirectory(directory))
    if (name !== current && name !== before) await removeTree(`${directory}/${name}`)
}

/** Deletes the old versions of subjects that nobody knows; answers whose. */
export async function sweepVersions(known: ReadonlySet<string>, isOld: (at: number) => boolean): Promise<string[]> {
  const removed: string[] = []
  for (const subject of await listDirectory(paths.certificates)) {
    const directory = `${paths.certificates}/${subject}`
    const stats = known.has(subject) || subject.startsWith('.') ? null : await inspect(directory)
    if (!stats || !isOld(stats.mtimeMs)) continue
    await removeTree(directory)
    removed.push(subject)
  }
  return removed
}

/** Deletes leftovers of an agent that was killed. */
export async function deleteUnfinishedVersions(): Promise<void> {
  const left = (await listDirectory(paths.certificates)).filter((name) => name.startsWith('.new-'))
  for (const name of left) await removeTree(`${paths.certificates}/${name}`)
}

/**
 * The authorities this server's own programs trust, those its administrator added included; one that cannot be read
 * counts for nothing.
 */
export async function readRoots(): Promise<X509Certificate[]> {
  const bundle = (await readText('/etc/ssl/certs/ca-certificates.crt')) ?? ''
  return bundle.split(/(?=-----BEGIN CERTIFICATE-----)/).flatMap((pem) => {
    try {
      return [new X509Certificate(pem)]
    } catch {
      return []
    }
  })
}
