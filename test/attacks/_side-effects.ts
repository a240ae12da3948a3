import type { Machine } from '../machine/machine.ts'
import { output } from '../machine/sites/_helpers.ts'
import { node } from './_attack.ts'

const counting = `
const path = '/opt/hosting-panel/data/panel.db'
const db = require('/opt/hosting-panel/current/node_modules/better-sqlite3')(path, { readonly: true })
const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all()
const spared = new Set(process.argv.slice(1))
const count = (name) => db.prepare('SELECT count(*) AS n FROM ' + name).get().n
for (const { name } of tables) if (!spared.has(name)) console.log(name, count(name))
`

/**
 * Reads what attacks must not change: rows, accounts, configuration, sites, rules, what runs, MariaDB’s databases and
 * accounts, and dumps. PHP comes and goes by itself. The record and limits do change: that is their work.
 */
export async function sideEffects(machine: Machine): Promise<string> {
  const rows = await node(
    machine,
    counting,
    'audit',
    'audit_chain',
    'counters',
    // Each minute some begin and end, whoever attacks.
    'alerts',
    'kv',
    'job_events',
    'jobs',
    'site_usage',
    'database_usage',
  )
  const files = await output(
    machine,
    'sh',
    '-c',
    `
    cd / && sha256sum etc/passwd etc/group etc/shadow etc/sudoers etc/crontab etc/hosting-panel/local-token \\
      etc/hosting-panel/proxy-secret
    find etc/nginx etc/php etc/hosting-panel etc/systemd/system etc/cron.d etc/ufw etc/sudoers.d \\
      opt/hosting-panel/current/ -not -path '*/node_modules/*' -type f -exec sha256sum {} + | sort
    ls -la var/www tmp/pwned* pwned* root/pwned* home 2>/dev/null | grep -v '^total'
    stat -c '%a %U %n' etc etc/passwd etc/shadow var/www opt/hosting-panel opt/hosting-panel/data`,
  )
  const comeAndGo = [
    'hosting-panel-agent',
    'hosting-panel-supervisor.service',
    'hosting-panel-mail.service',
    'hosting-panel-php(-shared)?@.+[.]service',
    'hosting-panel-hook',
    'run-',
    'systemd-',
    'user',
  ]
  const services = await output(
    machine,
    'sh',
    '-c',
    "systemctl list-units --type=service,socket --state=active --plain --no-legend | awk '{print $1}' | " +
      `grep -Ev '^(${comeAndGo.join('|')})' | sort`,
  )
  const databases = await output(
    machine,
    'sh',
    '-c',
    `
    mariadb --batch --skip-column-names -e "
      SELECT user, host, priv FROM mysql.global_priv WHERE user <> 'hosting-panel-dump' ORDER BY 1, 2;
      SELECT * FROM mysql.db ORDER BY 1, 2, 3; SHOW DATABASES"
    find /var/lib/hosting-panel-dumps /opt/hosting-panel/data/uploads /var/lib/hosting-panel/imports \\
      /run/hosting-panel/pipes -type f -o -type p 2>/dev/null | sort`,
  )
  return `${rows}\n${files}\n${services}\n${databases}`
}

/** Files that a command which was smuggled in would have left. */
export const pwned = (machine: Machine): Promise<string> =>
  output(
    machine,
    'sh',
    '-c',
    "find / /tmp /run /dev/shm -xdev -name 'pwned*' 2>/dev/null | sort -u; rm -f /tmp/pwned* /pwned* /root/pwned*",
  )
