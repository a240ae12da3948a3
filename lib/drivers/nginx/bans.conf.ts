import { visitorJails } from '../../model/bans/schema.ts'
import { canonicalNetwork } from '../../model/network.ts'
import { paths } from '../../model/paths.ts'
import { geo } from './words.ts'

const written = '# Written by the hosting panel, which puts changes here back.\n'

type Closes = keyof typeof visitorJails
const all = Object.keys(visitorJails) as Closes[]

/** Bans of a jail, of an address or a network. */
interface Ban {
  jail: string
  address: string
}

/**
 * Refuses visitors whom a jail bans, and who come by a trusted proxy; server context. Fail2ban's action writes a file
 * for each (root alone may), so a ban begins and ends without a reload. No cache may keep this answer for others.
 */
export const renderBans = (closes: Closes): string =>
  `${written}${[`$hosting_panel_banned_${closes}`, ...visitorJails[closes].map(file)].map(refuse).join('')}${answer}`

const file = (jail: string): string => `-f ${paths.visitorBans}/${jail}/$remote_addr`

const refuse = (banned: string): string => `if (${banned}) {
    rewrite ^ /.hosting-panel/banned last;
}
`

const answer = `location = /.hosting-panel/banned {
    internal;
    access_log off;
    default_type text/plain;
    add_header Cache-Control no-store always;
    return 403 "Your address failed too often and is banned from here for a while. Try again later.\\n";
}
`

/** File of the networks that jails ban: nginx reads them with a reload, as people alone ban networks. */
export const networksFile = `${paths.nginx}/conf.d/hosting-panel-bans.conf`

const isOf = (closes: Closes, { jail, address }: Ban): boolean =>
  (visitorJails[closes] as readonly string[]).includes(jail) &&
  address.includes('/') &&
  canonicalNetwork(address) !== null

/** The networks among these bans; http context. */
export const renderBannedNetworks = (bans: readonly Ban[]): string =>
  written + all.map((closes) => bannedNetworks(closes, bans)).join('')

function bannedNetworks(closes: Closes, bans: readonly Ban[]): string {
  const networks = bans.filter((ban) => isOf(closes, ban)).map(({ address }) => address)
  return geo(`$hosting_panel_banned_${closes}`, [
    ['default', '""'],
    ...[...new Set(networks)].sort().map((network) => [network, '1'] as const),
  ])
}

/** Whether such a text has the ban of a network. */
export const hasNetwork = (text: string, ban: Ban): boolean =>
  all.some(
    (closes) =>
      isOf(closes, ban) &&
      text.split(`$hosting_panel_banned_${closes} {`)[1]?.split('}')[0]!.includes(` ${ban.address} 1;`),
  )

/** Looks for bans in a server that visitors come to by a trusted proxy. */
export const refuseBanned = (closes: Closes, isBehind: boolean): string =>
  isBehind ? `    include ${banSnippet[closes]};\n` : ''

/** Names of the snippets, by what they close. */
export const banSnippet = {
  sites: 'snippets/hosting-panel-bans.conf',
  panel: 'snippets/hosting-panel-bans-panel.conf',
} as const satisfies Record<Closes, string>
