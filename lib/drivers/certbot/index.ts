import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import { providers, type Credentials, type DnsProvider } from '../../model/certificates/dns-providers.ts'
import { paths } from '../../model/paths.ts'
import { queue } from '../../model/protocol/queue.ts'
import { ensureDirectory, inspect, listDirectory, removeFile, writeAtomically } from '../../system/files.ts'
import { passwd } from '../../system/passwd.ts'
import { attempt, locate, run, type Argv } from '../../system/run.ts'
import { readInside, removeTree } from '../../system/tree.ts'
import {
  asCertbot,
  certificateRequest,
  certonly,
  makeTokens,
  removeAccount,
  removeLeftTokens,
  removeToken,
  USER,
  writeToken,
  type Order,
  type Proof,
} from './commands.ts'
import { renderCredentials } from './credentials.conf.ts'
import { explain, refusalOf, type Failure } from './explain.ts'

/** Authorities answer within seconds; DNS providers may take minutes. */
const ISSUE_TIMEOUT_S = 900

const own = (mode: number) => ({ uid: passwd.uid(USER), gid: passwd.gid(USER), mode })

export interface Asked extends Omit<Order, 'directory'> {
  names: readonly string[]
  /** A file of root's with the private key. */
  key: string
  /** Certificates to trust the authority by; null: the system's. */
  caFile: string | null
}

/** certbot works for one at a time: it locks its account. */
const enqueue = queue()

/** How often an order is begun again that failed by no fault of anybody here. */
const RETRIES = 2

/**
 * Asks an authority for a certificate. Answers the chain as PEM, the certificate first; null after a dry run.
 * Throws what `explain` makes of a failure: `rate_limited`, `challenge_failed`, `authority_unreachable` and others.
 */
export async function order(asked: Asked, onLine: (line: string) => void, retries = RETRIES): Promise<string | null> {
  const directory = `${paths.certbotOrders}/${randomBytes(8).toString('hex')}`
  const left = (...names: string[]) => readInside(directory, names, passwd.uid(USER))
  const { names, key, caFile, server, proof, dryRun } = asked
  await ensureDirectory(paths.certbotOrders, { uid: 0, gid: 0, mode: 0o711 })
  await ensureDirectory(directory, own(0o700))
  try {
    await writeAtomically(`${directory}/csr.pem`, await run(certificateRequest(key, names)), own(0o600))
    const lines: string[] = []
    const code = await enqueue(() =>
      ask(
        asCertbot(certonly({ ...asked, directory })),
        environment(proof, caFile),
        (line) => lines.push(line) && onLine(line),
      ),
    )
    if (code === 0) return dryRun ? null : await left('fullchain.pem')
    const failure = {
      code,
      output: lines.join('\n'),
      log: (await left('log', 'letsencrypt.log')) ?? '',
      server,
      now: new Date(),
    }
    if (retries === 0 || !(await mayGoBetter(failure))) throw explain(failure)
  } finally {
    await removeTree(directory)
  }
  return order(asked, onLine, retries - 1)
}

/**
 * Runs certbot; what it left for the authority, if it was killed, is gone before the next begins. Answers its exit
 * code.
 */
async function ask(certbot: Argv, env: Record<string, string>, onLine: (line: string) => void): Promise<number> {
  const { code } = await attempt(certbot, { timeout: ISSUE_TIMEOUT_S, env, onLine })
  if (code !== 0) await attempt(removeLeftTokens())
  return code
}

/** An authority that forgot certbot's account is told of a new one; one that refused its own nonce is asked again. */
async function mayGoBetter(failure: Failure): Promise<boolean> {
  const kind = refusalOf(failure)
  if (kind === 'accountDoesNotExist') await run(removeAccount(failure.server))
  return kind === 'accountDoesNotExist' || kind === 'badNonce'
}

const environment = (proof: Proof, caFile: string | null): Record<string, string> => ({
  ...(caFile && { REQUESTS_CA_BUNDLE: caFile }),
  ...(proof.challenge === 'dns-01' &&
    proof.provider === 'route53' && { AWS_SHARED_CREDENTIALS_FILE: proof.credentials }),
})

/** Deletes leftovers of an agent that was killed. */
export async function deleteUnfinishedOrders(): Promise<void> {
  await removeTree(`${paths.challenges}/.well-known`)
  for (const name of await listDirectory(paths.certbotOrders)) await removeTree(`${paths.certbotOrders}/${name}`)
}

/** Puts a random text where the authority would look, for as long as `work` lasts; gives it the path and the text. */
export async function withToken<T>(work: (path: string, text: string) => Promise<T>): Promise<T> {
  const [name, text] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')]
  const path = `/.well-known/acme-challenge/${name}`
  const write = writeToken(paths.challenges + path)
  if ((await attempt(write, { input: text })).code !== 0) {
    await run(makeTokens(dirname(paths.challenges + path)))
    await run(write, { input: text })
  }
  try {
    return await work(path, text)
  } finally {
    await attempt(removeToken(paths.challenges + path))
  }
}

const credentialsFile = (account: string, provider: DnsProvider): string =>
  `${paths.dnsCredentials}/${account}/${provider}.ini`

/** How a DNS provider is written to with an account's credentials; null when there are none. */
export async function dnsProof(account: string, provider: DnsProvider): Promise<Proof | null> {
  const credentials = credentialsFile(account, provider)
  return (await inspect(credentials))
    ? { challenge: 'dns-01', provider, credentials, propagation: providers[provider].propagation }
    : null
}

/** Keeps credentials where only certbot reads them. */
export async function keepCredentials(account: string, provider: DnsProvider, given: Credentials): Promise<void> {
  const directory = { uid: 0, gid: passwd.gid(USER), mode: 0o750 }
  await ensureDirectory(paths.dnsCredentials, directory)
  await ensureDirectory(`${paths.dnsCredentials}/${account}`, directory)
  await writeAtomically(credentialsFile(account, provider), renderCredentials(provider, given), own(0o600), true)
}

/** Deletes an account's credentials for a provider, or with null for all. */
export const deleteCredentials = (account: string, provider: DnsProvider | null): Promise<void> =>
  provider ? removeFile(credentialsFile(account, provider)) : removeTree(`${paths.dnsCredentials}/${account}`)

export const isInstalled = async (): Promise<boolean> => (await locate('certbot')) !== null
