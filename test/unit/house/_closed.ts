import type { Closed } from './_reach.ts'

/**
 * Ways that data closes, which following names cannot see: nothing that begins at the first goes on to the second. A
 * function's file begins its calls, and with ` fails` its job; an operation of the agent is named.
 */
const ways: readonly (readonly [from: RegExp, units: readonly string[]])[] = [
  [
    /^/,
    [
      // Texts for nginx, and reading a lock.
      'lib/drivers/nginx/errors.conf.ts#renderErrorAnswers',
      'lib/drivers/nginx/errors.conf.ts#renderErrors',
      'lib/panel/apps/lock.ts#stateOf',
      'lib/panel/certificates/lock.ts#isBusy',
      // Goes on once the caller has its answer, or waits for one that the first try could have had.
      'lib/panel/pending-changes/outcome.ts#goOn',
      // Names were claimed when the change began.
      'lib/panel/store/databases.ts#settleDatabase',
    ],
  ],
  // A new site, or one that becomes an app, takes one of its owner's places; names are taken by new ones and with
  // settings.
  [/^functions\/(?!sites\/(?:\[site\]\/)?index\.)/, ['lib/panel/store/sites.ts#refuseOneTooMany']],
  [
    /^functions\/(?!sites\/(?:\[site\]\/)?(?:index|rename)\.)/,
    ['lib/panel/store/site-names.ts#refuseTakenNames', 'lib/panel/store/site-names.ts#refuseOverlap'],
  ],
  [/^functions\/(?!settings\/index)/, ['lib/panel/drift/change-settings.ts#refuseTakenName']],
  // A certificate is a site's or the server's. Before one is asked for, nothing is served yet.
  [
    /^functions\/settings\/certificate\//,
    [
      'lib/panel/certificates/subject.ts#site',
      'lib/panel/certificates/custom.ts#refuseHsts',
      'lib/panel/sites/read.ts#getSite',
      'lib/panel/sites/read.ts#getSpec',
    ],
  ],
  [/^functions\/sites\//, ['lib/panel/certificates/subject.ts#server']],
  [
    /\/certificate\/index\.post\.ts$/,
    ['lib/panel/sites/change.ts#applySite', 'lib/panel/drift/change-settings.ts#changeServerCertificate'],
  ],
  [
    /\/certificate\/index\.(?!delete)/,
    ['lib/panel/sites/change.ts#planSite', 'lib/panel/drift/change-settings.ts#planServerCertificate'],
  ],
  // Users of a database keep their names. Measuring one site says nothing of databases.
  [
    /^functions\/databases\/\[db\]\/(?:users\/\[user\]\/|index\.delete)/,
    ['lib/panel/store/databases.ts#usernameTaken'],
  ],
  [/\/storage\/measure\.post\.ts$/, ['lib/panel/storage/look.ts#setFull']],
  // A user who was just added is there.
  [/^functions\/users\/index\.post/, ['lib/panel/users/users.ts#getUser']],
  // Dumps that are no user's have no limit.
  [/^databases\.(?:remove|stream)$/, ['lib/drivers/mariadb/dumps.ts#refuseTooLarge']],
  // Addresses of proxies are in no group.
  [/^proxies\./, ['lib/agent/services/nginx.ts#joinSites']],
  // A change of a site leaves Redis's own settings alone.
  [/^(?:sites|php)\./, ['lib/drivers/redis/index.ts#restart']],
]

/** Services that changes of an operation concern, by the beginning of its name; all for others. */
const concerned: Readonly<Record<string, readonly string[]>> = {
  sites: ['nginx', 'phpFpm', 'phpMasters', 'phpSockets', 'redis', 'siteProcesses', 'staleMasters'],
  php: ['phpFpm', 'phpMasters', 'phpSockets', 'siteProcesses', 'staleMasters'],
  bans: ['fail2ban'],
  proxies: ['nginx', 'nftables'],
  firewall: ['ufw'],
}

const service = /^lib\/agent\/services\/[^#]+#(\w+)$/
const services = /^(?:nginx|php\w+|staleMasters|redis|siteProcesses|fail2ban|ufw|nftables|mariadb)$/

/** Tells where what begins at `from` does not get to. */
export function closedFor(from: string): Closed {
  const units = new Set(ways.flatMap(([pattern, some]) => (pattern.test(from) ? some : [])))
  const only = concerned[from.split('.')[0]!]
  return (unit) => {
    const [, name = ''] = service.exec(unit) ?? []
    return units.has(unit) || (only !== undefined && services.test(name) && !only.includes(name))
  }
}

/** Every unit that is named above: one that was renamed would close nothing. */
export const closedUnits = ways.flatMap(([, units]) => units)
