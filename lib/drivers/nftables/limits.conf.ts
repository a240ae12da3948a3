import { ports } from '../../model/paths.ts'
import { WEB_USER } from '../../model/sites/names.ts'
import type { Facts } from '../facts.ts'
import { connectionsOfAddress } from '../nginx/connections.ts'

/** As nft names it. */
export const table = 'inet hosting_panel_limits'

/** Connections that each user of the server may hold to a service over loopback. */
export const connectionsOfUser = { mariadb: 30, redis: 60 } as const

/** Users that are nobody's site: their connections are the server's own. */
const own = ({ mariadb, redis }: Pick<Facts, 'mariadb' | 'redis'>): string =>
  [
    '0',
    `"${WEB_USER}"`,
    ...['', '-certbot', '-dump', '-import', '-adminer'].map((name) => `"hosting-panel${name}"`),
    ...(mariadb ? ['"mysql"'] : []),
    ...(redis ? ['"redis"'] : []),
  ].join(', ')

const counting = (name: string, type: string, size: number): string => `    set ${name} {
        type ${type}
        size ${size}
        flags dynamic
    }
`

/** Trusted proxies, by whose visitors they bring. */
export interface Proxies {
  sites: readonly string[]
  panel: readonly string[]
}

const servers = [
  ['sites', '80, 443'],
  ['panel', `${ports.public}, ${ports.adminer}`],
] as const

/** Sets of the proxies that hold connections of many visitors, and the rules that let them. */
function sparing(proxies: Proxies): { sets: string; rules: string } {
  const isIpv6 = (entry: string) => entry.includes(':')
  const named = servers
    .flatMap(([name, list]) => [
      { set: `${name}_proxies4`, ...families[4], list, entries: proxies[name].filter((entry) => !isIpv6(entry)) },
      { set: `${name}_proxies6`, ...families[6], list, entries: proxies[name].filter(isIpv6) },
    ])
    .filter(({ entries }) => entries.length > 0)
  return {
    sets: named.map(({ set, type, entries }) => members(set, type, entries)).join(''),
    rules: named
      .map(({ set, family, list }) => `        tcp dport { ${list} } ${family} saddr @${set} accept\n`)
      .join(''),
  }
}

const families = { 4: { family: 'ip', type: 'ipv4_addr' }, 6: { family: 'ip6', type: 'ipv6_addr' } } as const

const members = (name: string, type: string, list: readonly string[]): string => `    set ${name} {
        type ${type}
        flags interval
        auto-merge
        elements = { ${list.join(', ')} }
    }
`

/**
 * Limits the connections of one user of this server, and of one address of others. nginx itself counts an address only
 * once a request has come whole, so requests that never end are counted here: by IPv4 address, and by IPv6 /64, because
 * one visitor has all addresses there. Sites and the panel are counted apart: an address at the limit of one still
 * reaches the other. Trusted proxies hold those of many visitors, whom nginx counts. Has a table of its own, because
 * loading it anew forgets the counts.
 */
export function renderLimits(
  { mariadb, redis, memoryMb }: Pick<Facts, 'mariadb' | 'redis' | 'memoryMb'>,
  proxies: Proxies = { sites: [], panel: [] },
): string {
  const most = connectionsOfAddress(memoryMb)
  const users = [...(mariadb ? (['mariadb'] as const) : []), ...(redis ? (['redis'] as const) : [])]
  const bySites = `meta skuid != { ${own({ mariadb, redis })} }`
  const perUser = users.map(
    (name) =>
      `        oif "lo" tcp dport ${ports[name]} ${bySites} ` +
      `add @${name}_users { meta skuid ct count over ${connectionsOfUser[name]} } reject with tcp reset\n`,
  )
  const spared = sparing(proxies)
  const network = 'ip6 saddr & ffff:ffff:ffff:ffff::'
  const sets = [
    ...users.map((name) => counting(`${name}_users`, 'uid', 8192)),
    ...servers.flatMap(([name]) => [
      counting(`${name}4`, 'ipv4_addr', 65_535),
      counting(`${name}6`, 'ipv6_addr', 65_535),
    ]),
  ]
  return `# Written by the hosting panel, which puts changes here back.
table ${table}
delete table ${table}
table ${table} {
${sets.join('')}${spared.sets}    chain output {
        type filter hook output priority filter; policy accept;
        ct state != new accept
${perUser.join('')}    }
    chain input {
        type filter hook input priority filter; policy accept;
        iif "lo" accept
        ct state != new accept
${spared.rules}${servers
    .map(
      ([
        name,
        list,
      ]) => `        tcp dport { ${list} } ${`add @${name}4 { ip saddr ct count over ${most} } reject with tcp reset`}
        tcp dport { ${list} } add @${name}6 { ${network} ct count over ${most} } reject with tcp reset
`,
    )
    .join('')}    }
}
`
}
