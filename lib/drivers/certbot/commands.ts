import { paths } from '../../model/paths.ts'
import type { Argv } from '../../system/run.ts'

/** certbot runs as this user: it sees neither a site's key nor anything of nginx's. */
export const USER = 'hosting-panel-certbot'

/** A command as certbot's user, which ends with the agent however that ends. */
export const asCertbot = (command: Argv): Argv => [
  'setpriv',
  `--reuid=${USER}`,
  `--regid=${USER}`,
  '--clear-groups',
  '--no-new-privs',
  '--pdeathsig=KILL',
  '--',
  ...command,
]

/** How an authority is convinced that a name is ours. */
export type Proof =
  { challenge: 'http-01' } | { challenge: 'dns-01'; provider: string; credentials: string; propagation: number }

export interface Order {
  /** A directory of certbot's user with csr.pem in it. */
  directory: string
  server: string
  email: string | null
  proof: Proof
  /** Goes all the way, and leaves nothing. */
  dryRun: boolean
}

/** Where certbot keeps its account with one authority. */
export const accountsOf = (server: string): string =>
  `${paths.certbot}/${new URL(server).host.replaceAll(/[^a-z0-9.-]/g, '_')}`

/** Deletes that account. */
export const removeAccount = (server: string): Argv => asCertbot(['rm', '-rf', '--', accountsOf(server)])

/** Route 53's plugin reads its credentials where Amazon's programs do, and waits by itself. */
function proofOptions(proof: Proof): string[] {
  if (proof.challenge === 'http-01') return ['--webroot', '--webroot-path', paths.challenges]
  const { provider, credentials, propagation } = proof
  if (provider === 'route53') return ['--dns-route53']
  return [
    '--authenticator',
    `dns-${provider}`,
    `--dns-${provider}-credentials`,
    credentials,
    `--dns-${provider}-propagation-seconds`,
    String(propagation),
  ]
}

/**
 * Asks for a certificate for a request made elsewhere, so that certbot keeps nothing but its account: what is
 * killed half way leaves nothing behind that the next one would trip over.
 */
export const certonly = ({ directory, server, email, proof, dryRun }: Order): Argv => [
  'certbot',
  'certonly',
  '--non-interactive',
  '--agree-tos',
  ...(email ? ['--email', email, '--no-eff-email'] : ['--register-unsafely-without-email']),
  '--config-dir',
  accountsOf(server),
  '--work-dir',
  directory,
  '--logs-dir',
  `${directory}/log`,
  '--server',
  server,
  '--csr',
  `${directory}/csr.pem`,
  '--cert-path',
  `${directory}/cert.pem`,
  '--chain-path',
  `${directory}/chain.pem`,
  '--fullchain-path',
  `${directory}/fullchain.pem`,
  ...proofOptions(proof),
  ...(dryRun ? ['--dry-run'] : []),
]

/** A request for names, signed with a key that is read from a file of root's; printed as PEM. */
export const certificateRequest = (key: string, names: readonly string[]): Argv => [
  'openssl',
  'req',
  '-new',
  '-sha256',
  '-key',
  key,
  '-subj',
  '/',
  '-addext',
  `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`,
]

/** Writes standard input into a file where the authority would look, as certbot does. */
export const makeTokens = (directory: string): Argv => asCertbot(['mkdir', '--parents', '--', directory])
export const writeToken = (path: string): Argv => asCertbot(['tee', '--', path])

/** Leftovers of a certbot that was killed: its names are 43 characters, those of `withToken` 32. */
export const removeLeftTokens = (): Argv =>
  asCertbot([
    'find',
    paths.challenges,
    '-type',
    'f',
    '-regextype',
    'posix-extended',
    '-regex',
    '.*/[A-Za-z0-9_-]{43}',
    '-delete',
  ])

export const removeToken = (path: string): Argv => asCertbot(['rm', '-f', '--', path])
