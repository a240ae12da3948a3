import { request } from 'node:http'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { withToken } from '../../drivers/certbot/index.ts'
import { lookUp } from '../../drivers/dns/index.ts'
import { deniesIn, enabledIn, listsOf, readSnapshot } from '../../drivers/ufw/index.ts'
import { reaches } from '../../drivers/ufw/rules.ts'
import { overlap } from '../../model/network.ts'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import { readFacts } from '../facts/facts.ts'

type Problem = Output<'certificates.check'>['problems'][number]

/** How long a name's server may take to answer (ms). */
const REQUEST_TIMEOUT_MS = 5_000

/** Somebody out there (RFC 5737 and 3849: addresses nobody has), to ask the firewall about. */
const somebody = { 4: '203.0.113.1', 6: '2001:db8::1' } as const

/** Looks whether an authority would find what it asks for, name by name, without asking it. */
export async function checkNames(
  { names, resolvers, known }: Parsed<'certificates.check'>,
  onProgress: (progress: Progress) => void,
): Promise<Output<'certificates.check'>> {
  onProgress({ step: 'Looking the names up', percent: 2 })
  const servers = (await readFacts({ resolvers })).resolvers
  const closed = await closedBy()
  const looked = await withToken(async (path, text) => {
    const found: Looked[] = []
    for (let at = 0; at < names.length; at += 10) {
      onProgress({ step: 'Requesting the proof from each name', percent: 5 + (at / names.length) * 5 })
      found.push(
        ...(await Promise.all(
          names.slice(at, at + 10).map((name) => look(name, { servers, closed, known, path, text })),
        )),
      )
    }
    return found
  })
  return {
    addresses: [...new Set(looked.flatMap(({ addresses }) => addresses))],
    problems: looked.flatMap(({ problem }) => problem ?? []),
  }
}

/** The families in which the firewall lets nobody reach port 80. */
async function closedBy(): Promise<(4 | 6)[]> {
  const snapshot = await readSnapshot()
  if (!enabledIn(snapshot) || !deniesIn(snapshot)) return []
  const lists = listsOf(snapshot)
  return ([4, 6] as const).filter((family) => !reaches(lists[family], somebody[family], 80))
}

interface Round {
  servers: readonly string[]
  closed: readonly (4 | 6)[]
  known: readonly string[]
  path: string
  text: string
}

interface Looked {
  addresses: string[]
  /** Finds the obstacle between an authority and its proof; null when there seems to be none. */
  problem: Problem | null
}

async function look(name: string, { servers, closed, known, path, text }: Round): Promise<Looked> {
  const found = await lookUp(name, servers)
  if ('failure' in found) return { addresses: [], problem: { name, ...failures[found.failure](name, servers) } }
  for (const { address, type } of found.addresses) {
    if (closed.includes(isIP(address) as 4 | 6))
      return {
        addresses: [],
        problem: {
          name,
          code: 'port_80_closed',
          message: 'The firewall closes port 80, but the authority must reach it. Allow it on the Firewall page',
        },
      }
    // Nor is anything of this machine's own asked that a name of somebody's may point at.
    if (isUnroutable(address))
      return {
        addresses: [],
        problem: {
          name,
          code: 'dns_elsewhere',
          message:
            `${name}: ${type} points to ${address}, which others cannot reach. Correct the record: it needs this ` +
            'server’s public address',
        },
      }
    const answer = await ask(name, address, path)
    if (answer.body !== text && !mayStillWork(address, known, answer))
      return { addresses: [], problem: { name, ...wrong(name, address, type, answer) } }
  }
  return { addresses: found.addresses.map(({ address }) => address), problem: null }
}

const failures = {
  missing: (name: string) => ({
    code: 'dns_missing',
    message:
      `${name} has no address in the DNS. Add an A record with this server’s address where the domain is ` +
      'managed; it may take some minutes until it is seen',
  }),
  failing: (name: string) => ({
    code: 'dns_failing',
    message:
      `The DNS servers of ${name} fail (SERVFAIL; often wrong DNSSEC records). Correct them where the ` +
      'domain is managed',
  }),
  unanswered: (name: string, servers: readonly string[]) => ({
    code: 'dns_unanswered',
    message:
      `${servers.join(', ')} did not answer when asked for ${name}. Try again, or name other DNS servers on the ` +
      'Server page',
  }),
} as const

interface Answer {
  status?: number
  body?: string
  failure?: string
}

function ask(name: string, address: string, path: string): Promise<Answer> {
  return new Promise((resolve) => {
    const call = request(
      { host: address, port: 80, path, headers: { host: name }, timeout: REQUEST_TIMEOUT_MS, agent: false },
      (response) => {
        let body = ''
        response
          .setEncoding('utf8')
          .on('data', (part: string) => {
            body += part
            if (body.length > 1_000) call.destroy()
          })
          .on('close', () => resolve({ status: response.statusCode!, body }))
      },
    )
    call.on('timeout', () => call.destroy(new Error('no answer within 5 seconds')))
    call.on('error', (error) => resolve({ failure: error.message }))
    call.end()
  })
}

/**
 * Behind NAT a server may not reach its own public address; and a proxy in front may send to https first. An authority
 * can tell, this machine cannot, unless one has come by other addresses before.
 */
const mayStillWork = (address: string, known: readonly string[], { status, failure }: Answer): boolean =>
  !isOwn(address) &&
  ((status !== undefined && [301, 302, 303, 307, 308].includes(status)) ||
    (failure !== undefined && isBehindNat(isIP(address) as 4 | 6) && (known.length === 0 || known.includes(address))))

const ownAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .map(({ address }) => address.split('%')[0]!)

const isOwn = (address: string): boolean => ownAddresses().some((own) => overlap(own, address))

const privateNetworks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7']
const unroutable = ['127.0.0.0/8', '169.254.0.0/16', '::1', 'fe80::/10']

const isUnroutable = (address: string): boolean => unroutable.some((network) => overlap(network, address))

/** Whether this machine has addresses of a private network, and no others. */
function isBehindNat(family: 4 | 6): boolean {
  const own = ownAddresses().filter((address) => isIP(address) === family && !isUnroutable(address))
  return own.length > 0 && own.every((address) => privateNetworks.some((network) => overlap(network, address)))
}

function wrong(
  name: string,
  address: string,
  type: 'A' | 'AAAA',
  { status, failure }: Answer,
): Pick<Problem, 'code' | 'message'> {
  const said = failure ?? (status === 200 ? 'somebody else answers there' : `it answers ${status}`)
  if (!isOwn(address)) {
    const advice =
      type === 'AAAA'
        ? 'Correct the record, or remove it if this server has no IPv6: authorities ask there first'
        : 'Correct the record where the domain is managed; it may take some minutes until it is seen'
    return {
      code: 'dns_elsewhere',
      message: `${name}: ${type} points to ${address}, which is not this server (${said}). ${advice}`,
    }
  }
  const advice = failure
    ? 'Is nginx running?'
    : `Look into /etc/nginx/hosting-panel/${name} for a directive that takes /.well-known/acme-challenge/ away`
  return {
    code: 'challenge_unreachable',
    message:
      `${name} leads here (${address}), but http://${name}/.well-known/acme-challenge/ does not give what lies ` +
      `there (${said}). ${advice}`,
  }
}
