import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Issued {
  /** PEM. */
  certificate: string
  key: string
  file: string
}

/** Kinds of keys, as openssl genpkey makes them. */
export const kinds = {
  ecdsa: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  p384: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  p521: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp521r1'],
  rsa: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  rsa1024: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
  ed25519: ['-algorithm', 'ED25519'],
} as const
export type Kind = keyof typeof kinds

export const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** `20261127101112Z`. */
const stamp = (at: Date): string => `${at.toISOString().replaceAll(/\D/g, '').slice(0, 14)}Z`

const DAY = 86_400_000

/**
 * Real certificates, made by openssl in a directory of their own: `openssl ca`, as only it takes both dates on every
 * version.
 */
export class Pki {
  readonly directory = mkdtempSync(join(tmpdir(), 'hosting-panel-pki-'))
  readonly #configuration = join(this.directory, 'ca.cnf')

  constructor() {
    writeFileSync(join(this.directory, 'index'), '')
    writeFileSync(
      this.#configuration,
      `[ca]
default_ca = one
[one]
database = ${join(this.directory, 'index')}
new_certs_dir = ${this.directory}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
copy_extensions = none
[any]
commonName = optional
organizationName = optional
`,
    )
  }

  key(name: string, kind: Kind = 'ecdsa'): string {
    const file = join(this.directory, `${name}.key`)
    openssl('genpkey', ...kinds[kind], '-out', file)
    return file
  }

  /** An authority: a root, or signed by another. */
  authority(name: string, issuer?: Issued): Issued {
    return this.#issue(
      name,
      'ecdsa',
      'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n',
      issuer,
    )
  }

  /** A site's certificate, from `from` to `to` in days from now; `logged` as those of public authorities are. */
  leaf(
    name: string,
    issuer: Issued | undefined,
    { names = ['a.test', 'www.a.test'], kind = 'ecdsa' as Kind, from = -1, to = 89, logged = false } = {},
  ): Issued {
    const alternatives = names.length > 0 ? `subjectAltName=${names.map((each) => `DNS:${each}`).join(',')}\n` : ''
    const proofs = logged ? '1.3.6.1.4.1.11129.2.4.2=DER:04:02:00:00\n' : ''
    return this.#issue(name, kind, `basicConstraints=CA:FALSE\n${alternatives}${proofs}`, issuer, from, to)
  }

  #issue(name: string, kind: Kind, extensions: string, issuer?: Issued, from = -100, to = 1000): Issued {
    const file = (ending: string) => join(this.directory, `${name}.${ending}`)
    const key = this.key(name, kind)
    writeFileSync(file('ext'), extensions)
    openssl('req', '-new', '-key', key, '-subj', `/O=Test/CN=${name}`, '-out', file('csr'))
    const dates = [
      '-startdate',
      stamp(new Date(Date.now() + from * DAY)),
      '-enddate',
      stamp(new Date(Date.now() + to * DAY)),
    ]
    const signer = issuer
      ? ['-cert', issuer.file, '-keyfile', issuer.file.replace(/\.crt$/, '.key')]
      : ['-selfsign', '-keyfile', key]
    openssl(
      'ca',
      '-batch',
      '-notext',
      '-config',
      this.#configuration,
      ...signer,
      ...dates,
      '-extfile',
      file('ext'),
      '-in',
      file('csr'),
      '-out',
      file('crt'),
    )
    return { certificate: readFileSync(file('crt'), 'utf8'), key: readFileSync(key, 'utf8'), file: file('crt') }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true })
  }
}
