import { tinyFiles } from '../machine/apps/_tiny.ts'
import type { Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import { tell, type Client } from './_client.ts'

/** One random valid change of one kind. */
export type Change = (client: Client) => Promise<unknown>

export interface Listed {
  domain: string
  runtime: string
  isolation: string
  enabled: boolean
}

/** Most sites and databases of one client. */
const MOST_SITES = 6
const MOST_DATABASES = 3

const ownSites = async ({ call, zone }: Client, ...runtimes: string[]): Promise<Listed[]> => {
  const { body } = await call('GET', '/sites')
  const sites = (body?.sites ?? []) as Listed[]
  return sites.filter(
    ({ domain, runtime }) => domain.endsWith(zone) && (runtimes.length === 0 || runtimes.includes(runtime)),
  )
}

const ownDatabases = async ({ call, zone }: Client): Promise<string[]> => {
  const { body } = await call('GET', '/databases')
  return (Array.isArray(body) ? (body as { name: string }[]) : [])
    .map(({ name }) => name)
    .filter((name) => name.startsWith(zone.slice(0, 2)))
}

/** Does something with one of the client's sites, if there is one. */
const onSite =
  (act: (client: Client, site: Listed) => Promise<unknown>, ...runtimes: string[]): Change =>
  async (client) => {
    const sites = await ownSites(client, ...runtimes)
    if (sites.length > 0) await act(client, client.random.pick(sites))
  }

const onDatabase =
  (act: (client: Client, name: string) => Promise<unknown>): Change =>
  async (client) => {
    const databases = await ownDatabases(client)
    if (databases.length > 0) await act(client, client.random.pick(databases))
  }

const dump =
  "DROP TABLE IF EXISTS t; CREATE TABLE t (a INT PRIMARY KEY, b TEXT); INSERT INTO t SELECT seq, REPEAT('x', " +
  '200) FROM seq_1_to_2000;'

export interface Ground {
  machine: Machine
  /** Where proxy sites lead: a server outside of the machine. */
  upstream: string
  certificates: Record<string, { certificate: string; privateKey: string; chain: string }>
}

/** Every kind of change that a customer makes. */
export function changes({ machine, upstream, certificates }: Ground): Record<string, Change> {
  return {
    createSite: async (client) => {
      if ((await ownSites(client)).length >= MOST_SITES) return
      const { random, zone } = client
      const runtime = random.pick(['static', 'php', 'php', 'proxy', 'node', 'node', 'python'])
      const domain = `s${random.below(12)}.${zone}`
      tell(
        client,
        domain,
        await client.call('POST', '/sites', {
          domain,
          runtime,
          ...(runtime === 'php' && { phpVersion: random.pick(['7.4', '8.2']) }),
          ...(runtime === 'proxy' && { proxyTo: upstream }),
          ...(random.chance(0.3) && { aliases: [`www.${domain}`] }),
        }),
        'there',
      )
    },
    changeSite: onSite(({ random, call }, { domain }) =>
      call(
        'PATCH',
        `/sites/${domain}`,
        random.pick<object>([
          { bodyLimitMb: 1 + random.below(100) },
          { redirectWww: random.chance(0.5) },
          { enabled: random.chance(0.7) },
          { aliases: random.chance(0.5) ? [`a${random.below(5)}.${domain}`] : [] },
          { httpsRedirect: random.chance(0.5) },
        ]),
      ),
    ),
    changePhp: onSite(
      ({ random, call }, { domain }) =>
        call(
          'PATCH',
          `/sites/${domain}`,
          random.pick<object>([
            { phpVersion: '7.4' },
            { phpVersion: '8.2' },
            { phpSettings: { memoryLimitMb: 64 + random.below(128) } },
          ]),
        ),
      'php',
    ),
    deleteSite: async (client) => {
      const sites = await ownSites(client)
      if (sites.length < 3) return
      const { domain } = client.random.pick(sites)
      tell(client, domain, await client.call('DELETE', `/sites/${domain}?purge=${client.random.chance(0.5)}`), 'gone')
    },
    startApp: onSite(async ({ work, call }, { domain }) => {
      // The site may go in this very moment: then its files find no folder.
      await tinyFiles(machine, { get: (path) => call('GET', path) } as Api, domain).catch(() => undefined)
      await work('POST', `/sites/${domain}/app/start`)
    }, 'node'),
    restartApp: onSite(
      ({ work, random }, { domain }) => work('POST', `/sites/${domain}/app/${random.pick(['restart', 'stop'])}`),
      'node',
    ),
    changeApp: onSite(
      ({ call, random }, { domain }) =>
        random.chance(0.5)
          ? call('PATCH', `/sites/${domain}/app/env`, { COLOUR: random.pick(['red', 'blue', null]) })
          : call('PATCH', `/sites/${domain}/app`, { memoryMb: 128 + random.below(128) }),
      'node',
      'python',
    ),
    visit: onSite(({ call }, { domain }) => call('GET', `/sites/${domain}`)),
    putCache: onSite(
      ({ call, random }, { domain }) =>
        call('PUT', `/sites/${domain}/cache`, {
          redis: random.chance(0.6),
          ...(random.chance(0.6) && { page: { minutes: 1 + random.below(5) } }),
        }),
      'php',
      'node',
      'proxy',
    ),
    useCache: onSite(
      ({ call, random }, { domain }) => call('POST', `/sites/${domain}/cache/${random.pick(['flush', 'password'])}`),
      'php',
      'node',
    ),
    flushPages: onSite(
      ({ call }, { domain }) => call('POST', `/sites/${domain}/cache/purge`, {}),
      'php',
      'node',
      'proxy',
    ),
    certificate: onSite(({ call, random, zone }, { domain }) =>
      random.chance(0.6)
        ? call('PUT', `/sites/${domain}/certificate`, certificates[zone])
        : call('DELETE', `/sites/${domain}/certificate`),
    ),
    createDatabase: async (client) => {
      if ((await ownDatabases(client)).length >= MOST_DATABASES) return
      const name = `${client.zone.slice(0, 2)}_db${client.random.below(6)}`
      tell(
        client,
        name,
        await client.call('POST', '/databases', { name, ...(client.random.chance(0.7) && { user: name }) }),
        'there',
      )
    },
    deleteDatabase: onDatabase(async (client, name) =>
      tell(client, name, await client.work('DELETE', `/databases/${name}?dump=${client.random.chance(0.3)}`), 'gone'),
    ),
    databaseUsers: onDatabase(async ({ call, random, zone }, name) => {
      const user = `${zone.slice(0, 2)}_u${random.below(4)}`
      const grant = random.pick(['read', 'write', 'all'])
      await random.pick<() => Promise<unknown>>([
        () => call('POST', `/databases/${name}/users`, { username: user, grant }),
        () => call('PATCH', `/databases/${name}/users/${user}`, { grant, rotatePassword: true }),
        () => call('DELETE', `/databases/${name}/users/${user}`),
      ])()
    }),
    importDump: onDatabase(({ work }, name) => work('POST', `/databases/${name}/import`, Buffer.from(dump))),
    exportDump: onDatabase(({ work, call, random }, name) =>
      random.chance(0.5)
        ? work('POST', `/databases/${name}/export`, {})
        : call('GET', `/databases/${name}/export?compression=gzip`),
    ),
    dumps: async ({ call, work, random }) => {
      const { body } = await call('GET', '/dumps')
      const dumps = (Array.isArray(body) ? body : []) as { id: string; database: string }[]
      if (dumps.length === 0) return
      const { id, database } = random.pick(dumps)
      if (random.chance(0.3)) await work('POST', `/dumps/${id}/restore`, { database })
      else await call('DELETE', `/dumps/${id}`)
    },
    tokens: async ({ call, random }) => {
      const { body } = await call('GET', '/tokens')
      const spare = ((body?.tokens ?? []) as { id: string; name: string }[]).filter(({ name }) => name === 'spare')
      if (spare.length > 2) await call('DELETE', `/tokens/${random.pick(spare).id}`)
      else await call('POST', '/tokens', { name: 'spare', scopes: ['sites:read'] })
    },
    look: async ({ call, random }) =>
      call(
        'GET',
        random.pick([
          '/sites',
          '/databases',
          '/jobs',
          '/alerts',
          '/certificates',
          '/php/versions',
          '/node/versions',
          '/health',
          '/dumps',
        ]),
      ),
  }
}
