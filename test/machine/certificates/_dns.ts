import type { Machine } from '../machine.ts'
import { inside, startService } from './_service.ts'

export interface Answer {
  /** `NOERROR`, `SERVFAIL`, `REFUSED`, … */
  status: string
  /** As in a zone file: texts are quoted. */
  values: string[]
}

/** Answer of a DNS server to a client inside. */
export async function query(
  machine: Machine,
  server: string,
  name: string,
  type: string,
  transport: 'udp' | 'tcp' = 'udp',
): Promise<Answer> {
  const script = `
import dns.message, dns.query, dns.rcode, json, sys
name, type, server, transport = sys.argv[1:]
answer = getattr(dns.query, transport)(dns.message.make_query(name, type), server, timeout=5)
values = [record.to_text() for records in answer.answer for record in records]
print(json.dumps({'status': dns.rcode.to_text(answer.rcode()), 'values': values}))
`
  return JSON.parse(await inside(machine, ['python3', '-c', script, name, type, server, transport])) as Answer
}

/** A DNS server without any names but those a test gives it; all others have no addresses. */
export interface Dns {
  server: string
  /** The name's IPv4 addresses, instead of those it had. */
  setA: (name: string, addresses: string[]) => Promise<void>
  setAAAA: (name: string, addresses: string[]) => Promise<void>
  /** Every query for the name fails from now on, as with servers that are down or wrongly signed. */
  servfail: (name: string) => Promise<void>
  /** Deletes what was said about the name. */
  clear: (name: string) => Promise<void>
  query: (name: string, type: string) => Promise<Answer>
  stop: () => Promise<void>
}

/** Start pebble-challtestsrv on port 53 of loopback, the server's own and the one pebble asks. */
export async function startDns(machine: Machine): Promise<Dns> {
  const [server, management] = ['127.0.0.1', '127.0.0.1:8055']
  const manage = async (action: string, host: string, addresses?: string[]) => {
    await inside(machine, [
      'curl',
      '-fsS',
      '--data',
      JSON.stringify({ host, addresses }),
      `http://${management}/${action}`,
    ])
  }
  const set = (kind: 'a' | 'aaaa') => async (name: string, addresses: string[]) => {
    await manage(`clear-${kind}`, name)
    if (addresses.length > 0) await manage(`add-${kind}`, name, addresses)
  }
  const clear = async (name: string) => {
    for (const kind of ['a', 'aaaa', 'servfail']) await manage(`clear-${kind}`, name)
  }
  const argv = [
    'pebble-challtestsrv',
    '-dns01',
    `${server}:53`,
    '-management',
    management,
    '-defaultIPv4',
    '',
    '-defaultIPv6',
    '',
    '-http01',
    '',
    '-https01',
    '',
    '-tlsalpn01',
    '',
  ]
  const { stop } = await startService(machine, 'dns', { argv }, async () => {
    await set('a')('ready.invalid', ['192.0.2.1'])
    // It goes on without its port 53 when somebody else has it: only its own answer shows that it is the one.
    for (const transport of ['udp', 'tcp'] as const) {
      const { values } = await query(machine, server, 'ready.invalid', 'A', transport)
      if (values[0] !== '192.0.2.1') throw new Error(`somebody else answers at ${server}:53/${transport}`)
    }
    await clear('ready.invalid')
  })
  return {
    server,
    setA: set('a'),
    setAAAA: set('aaaa'),
    servfail: (name) => manage('set-servfail', name),
    clear,
    query: (name, type) => query(machine, server, name, type),
    stop,
  }
}

/** A DNS server of a zone that whoever has its key may change, as RFC 2136 says. */
export interface Bind {
  server: string
  port: number
  keyName: string
  secret: string
  algorithm: string
  query: (name: string, type: string) => Promise<Answer>
  stop: () => Promise<void>
}

/** Start named for a zone, whose names all lead to the machine. */
export async function startBind(machine: Machine, zone: string): Promise<Bind> {
  const [server, port, keyName, algorithm, place] = [
    '127.0.0.2',
    53,
    'hosting-panel-test',
    'hmac-sha512',
    '/run/test-bind',
  ]
  const key = await inside(machine, ['tsig-keygen', '-a', algorithm, keyName])
  const secret = /secret "(.+?)"/.exec(key)![1]!
  await inside(machine, ['rm', '-rf', place])
  await inside(machine, ['install', '-d', '-o', 'bind', '-g', 'bind', '-m', '700', place])
  await inside(
    machine,
    ['tee', `${place}/named.conf`],
    `${key}
options {
  directory "${place}"; session-keyfile "${place}/session.key"; pid-file none; lock-file none;
  listen-on port ${port} { ${server}; }; listen-on-v6 { none; };
  recursion no; dnssec-validation no;
};
controls { };
zone "${zone}" { type primary; file "zone"; update-policy { grant ${keyName} zonesub ANY; }; };
`,
  )
  await inside(
    machine,
    ['tee', `${place}/zone`],
    `$TTL 1
@ SOA ns hostmaster 1 1h 10m 1d 1
  NS ns
  A ${machine.address}
* A ${machine.address}
ns A ${server}
`,
  )
  // It listens at addresses that an interface has, which of loopback's is the first alone.
  await inside(machine, ['ip', 'address', 'replace', `${server}/32`, 'dev', 'lo'])
  const ask: Bind['query'] = (name, type) => query(machine, server, name, type)
  const { stop } = await startService(
    machine,
    'bind',
    {
      argv: ['named', '-f', '-c', `${place}/named.conf`],
      settings: ['User=bind', 'AmbientCapabilities=CAP_NET_BIND_SERVICE'],
    },
    async () => {
      if ((await ask(zone, 'SOA')).values.length === 0) throw new Error(`${zone} is not loaded`)
    },
  )
  return {
    server,
    port,
    keyName,
    secret,
    algorithm,
    query: ask,
    stop: async () => {
      await stop()
      await inside(machine, ['ip', 'address', 'delete', `${server}/32`, 'dev', 'lo'])
      await inside(machine, ['rm', '-rf', place])
    },
  }
}
