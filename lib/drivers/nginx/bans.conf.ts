import { visitorJails } from '../../model/bans/schema.ts'
import { paths } from '../../model/paths.ts'

/**
 * Refuses visitors whom a jail bans, and who come by a trusted proxy; server context. Fail2ban's action writes a file
 * for each (root alone may), so a ban begins and ends without a reload. No cache may keep this answer for others.
 */
export const renderBans = (closes: keyof typeof visitorJails): string =>
  `# Written by the hosting panel, which puts changes here back.\n${visitorJails[closes].map(refuse).join('')}${answer}`

const refuse = (jail: string): string => `if (-f ${paths.visitorBans}/${jail}/$remote_addr) {
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

/** Looks for bans in a server that visitors come to by a trusted proxy. */
export const refuseBanned = (closes: keyof typeof visitorJails, isBehind: boolean): string =>
  isBehind ? `    include ${banSnippet[closes]};\n` : ''

/** Names of the snippets, by what they close. */
export const banSnippet = {
  sites: 'snippets/hosting-panel-bans.conf',
  panel: 'snippets/hosting-panel-bans-panel.conf',
} as const satisfies Record<keyof typeof visitorJails, string>
