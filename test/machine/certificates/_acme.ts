import type { Machine } from '../machine.ts'
import { inside, startService, type Program } from './_service.ts'

/** How a certificate authority behaves; what is left out is what a good one does. */
export interface AcmeSettings {
  /** Seconds that a certificate is valid; 90 days when not given. */
  validity?: number
  /** The DNS server it asks for names; the tests' own when not given. */
  dnsServer?: string
  /** Percent of good nonces that it refuses, as every ACME server may at any time. */
  refusedNonces?: number
  /** Percent of challenges that an account is spared, because it passed them before. */
  reusedAuthorizations?: number
  /** Nobody is asked for challenges: all of them count as passed. */
  alwaysValid?: boolean
  /** Refuses requests that future servers will refuse. */
  strict?: boolean
}

export interface Asked {
  /** Everything a client sent, wrong nonces and polling included; looking at the directory does not count. */
  posts: number
  /** Orders that were taken. */
  orders: number
  certificates: number
}

/**
 * A certificate authority of the tests: pebble, which forgets accounts and makes itself a new root whenever it starts.
 */
export interface Acme {
  directory: string
  port: number
  /** Whom a client has to trust for talking to it; one for all the machine's CAs. */
  caFile: string
  /** The certificate that those it issues end at. */
  root: () => Promise<string>
  /** Requests since it was first started. */
  asked: () => Promise<Asked>
  log: () => Promise<string>
  /** Start it again, with the given settings alone. */
  restart: (settings?: AcmeSettings) => Promise<void>
  stop: () => Promise<void>
}

const shared = '/run/test-acme'
const [caFile, keyFile] = [`${shared}/ca.pem`, `${shared}/key.pem`]

/** The certificate under which all of a machine's CAs speak HTTPS, so that one client can trust them all. */
async function provideTls(machine: Machine, place: string): Promise<void> {
  await inside(machine, [
    'sh',
    '-ec',
    `mkdir -p ${place}; cd ${shared}; [ -s ca.pem ] || {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -keyout key.pem -out ca.new \
      -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1,DNS:localhost
    chmod 644 ca.new; mv ca.new ca.pem
  }`,
  ])
}

/** Remove what one of them left, and with the last of them the certificate. */
const remove = (machine: Machine, place: string) =>
  inside(machine, ['sh', '-ec', `rm -rf ${place}; [ -n "$(find ${shared} -mindepth 1 -type d)" ] || rm -rf ${shared}`])

const fetched = (machine: Machine, url: string) => inside(machine, ['curl', '-fsS', '--cacert', caFile, url])

/** Start a certificate authority; several are told apart by their ports (each takes the one 1000 above too). */
export async function startAcme(
  machine: Machine,
  { port = 14000, ...settings }: AcmeSettings & { port?: number } = {},
): Promise<Acme> {
  const [place, management, directory] = [
    `${shared}/${port}`,
    `127.0.0.1:${port + 1000}`,
    `https://127.0.0.1:${port}/dir`,
  ]
  await provideTls(machine, place)

  const prepared = async (given: AcmeSettings): Promise<Program> => {
    const { validity = 90 * 86_400, dnsServer = '127.0.0.1:53', refusedNonces = 0, reusedAuthorizations = 0 } = given
    await inside(
      machine,
      ['tee', `${place}/pebble.json`],
      JSON.stringify({
        pebble: {
          listenAddress: `127.0.0.1:${port}`,
          managementListenAddress: management,
          certificate: caFile,
          privateKey: keyFile,
          httpPort: 80,
          tlsPort: 443,
          ocspResponderURL: 'http://127.0.0.1:4002',
          externalAccountBindingRequired: false,
          certificateValidityPeriod: validity,
        },
      }),
    )
    const argv = [
      'pebble',
      '-config',
      `${place}/pebble.json`,
      '-dnsserver',
      dnsServer,
      ...(given.strict ? ['-strict'] : []),
    ]
    const env = {
      PEBBLE_VA_NOSLEEP: '1',
      PEBBLE_WFE_NONCEREJECT: String(refusedNonces),
      PEBBLE_AUTHZREUSE: String(reusedAuthorizations),
      ...(given.alwaysValid && { PEBBLE_VA_ALWAYS_VALID: '1' }),
    }
    return { argv, env }
  }
  const service = await startService(machine, `acme-${port}`, await prepared(settings), () =>
    fetched(machine, directory),
  )
  return {
    directory,
    port,
    caFile,
    root: () => fetched(machine, `https://${management}/roots/0`),
    log: service.log,
    asked: async () => {
      const log = await service.log()
      const count = (line: RegExp) => log.match(line)?.length ?? 0
      return {
        posts: count(/ POST \S+ -> calling/g),
        orders: count(/ Added order /g),
        certificates: count(/ Issued certificate serial /g),
      }
    },
    restart: async (next = {}) => service.restart(await prepared(next)),
    stop: async () => {
      await service.stop()
      await remove(machine, place)
    },
  }
}

/** Goes between a client and pebble; headers stay as they are, Host too, because pebble makes its addresses from it. */
const limiter = `
const { createServer, request } = require('node:https')
const { readFileSync } = require('node:fs')
const [caFile, keyFile, upstream, port] = process.argv.slice(2)
const ca = readFileSync(caFile)
const ask = (method, path, headers, answered) =>
  request({ host: '127.0.0.1', port: upstream, method, path, headers, ca }, answered)
    .on('error', (error) => { console.error(error); process.exit(1) })
const refusal = () => JSON.stringify({
  type: 'urn:ietf:params:acme:error:rateLimited', status: 429,
  detail: 'too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, '
    + 'retry after ' + new Date(Date.now() + 3600e3).toISOString().slice(0, 19).replace('T', ' ')
    + ' UTC: see https://letsencrypt.org/docs/rate-limits/',
})
createServer({ key: readFileSync(keyFile), cert: ca }, (call, answer) => {
  const { method, url, headers } = call
  const pass = (from) => from.pipe(answer.writeHead(from.statusCode, from.rawHeaders))
  if (method !== 'POST' || url !== '/order-plz') return call.pipe(ask(method, url, headers, pass))
  console.log('refused')
  call.resume()
  ask('HEAD', '/nonce-plz', {}, (from) => answer.writeHead(429, {
    'Content-Type': 'application/problem+json', 'Retry-After': '3600', 'Replay-Nonce': from.headers['replay-nonce'],
  }).end(refusal())).end()
}).listen(port, '127.0.0.1')
`

export interface RateLimiter {
  directory: string
  /** How many orders it turned away. */
  refused: () => Promise<number>
  stop: () => Promise<void>
}

/** Another port of a CA, at which every order is one too many. */
export async function rateLimiter(
  machine: Machine,
  { port: upstream }: Acme,
  port = upstream + 10,
): Promise<RateLimiter> {
  const [place, directory] = [`${shared}/${port}`, `https://127.0.0.1:${port}/dir`]
  await provideTls(machine, place)
  await inside(machine, ['tee', `${place}/limiter.cjs`], limiter)
  const argv = [
    '/opt/hosting-panel/current/node_modules/.bin/node',
    `${place}/limiter.cjs`,
    caFile,
    keyFile,
    String(upstream),
    String(port),
  ]
  const service = await startService(machine, `acme-${port}`, { argv }, () => fetched(machine, directory))
  return {
    directory,
    refused: async () => (await service.log()).match(/^refused$/gm)?.length ?? 0,
    stop: async () => {
      await service.stop()
      await remove(machine, place)
    },
  }
}
