import { paths } from '../../paths.ts'

const table = 'inet hosting_panel_apps'

/**
 * Apps listen on loopback, which every user of the server reaches. Only an app's own user may answer from its port
 * (else whoever takes the port of one that sleeps would be that site), and only nginx, the panel and the user itself
 * may ask there. What is looked at is the beginning of a connection alone; nft(8), meta skuid.
 */
export const renderGuard = (): string => `# Written by the hosting panel, which puts changes here back.
table ${table}
delete table ${table}
table ${table} {
    set ports {
        type inet_service
    }
    set owners {
        typeof tcp dport . meta skuid
    }
    chain output {
        type filter hook output priority filter; policy accept;
        oif != "lo" accept
        tcp sport @ports tcp flags & (syn | ack) == syn | ack tcp sport . meta skuid != @owners drop
        tcp dport @ports tcp flags & (syn | ack) == syn meta skuid != { 0, "www-data", "hosting-panel" } tcp dport . meta skuid != @owners reject with tcp reset
    }
}
include "${paths.apps}/*.nft"
`

/** One app's part. */
export const renderGuarded = (user: string, port: number): string => `add element ${table} ports { ${port} }
add element ${table} owners { ${port} . "${user}" }
`
