import { expect } from 'vitest'
import { startTiny, provideNode } from '../../machine/apps/_tiny.ts'
import { inside as insideOf } from '../../machine/_bare.ts'
import { copied } from '../../machine/deploy.ts'
import { site, type Api } from '../../machine/http.ts'
import type { Machine } from '../../machine/machine.ts'
import { steadily } from '../../machine/sites/_load.ts'
import { create, writeFile } from '../../machine/sites/_helpers.ts'

/** Sites whose requests an upgrade must not fail. */
const served = ['static.test', 'php.test', 'proxy.test']

/** Makes a site of each kind, a database and a user. */
export async function furnish(machine: Machine, panel: Api): Promise<void> {
  await create(panel, { domain: 'static.test', runtime: 'static' })
  await writeFile(machine, '/var/www/static.test/public/index.html', 'static')
  await create(panel, { domain: 'php.test', runtime: 'php' })
  await writeFile(machine, '/var/www/php.test/public/index.php', '<?php echo "php";')
  await create(panel, { domain: 'proxy.test', runtime: 'proxy', proxyTo: 'http://127.0.0.1:3000' })
  await insideOf(
    machine,
    'systemd-run --unit=behind --working-directory=/usr/share/nginx/html python3 -m http.server 3000',
  )
  await provideNode(panel)
  await startTiny(machine, panel, 'node.test')
  expect((await panel.post('/databases', { name: 'shop', site: 'php.test', user: 'shop' })).status).toBe(201)
  expect((await panel.post('/users', { username: 'anna', password: 'a password of before' })).status).toBe(201)
}

/** Asks all of them, one request after the other, until stopped; gives the failures. */
export function asking(machine: Machine): { stop: () => Promise<string[]> } {
  const loops = served.map((domain) => ({ domain, load: steadily(() => site(machine, domain)) }))
  return {
    stop: async () => {
      const tallies = await Promise.all(loops.map(async ({ domain, load }) => ({ domain, ...(await load.stop()) })))
      expect(tallies.every(({ answered }) => answered > 0)).toBe(true)
      return tallies
        .filter(({ failed }) => failed > 0)
        .map(({ domain, failed, first }) => `${domain}: ${failed} ${first}`)
    },
  }
}

/** Everything that a release puts on the server and into its database, as one text. */
export const everything = (machine: Machine): Promise<string> =>
  insideOf(
    machine,
    `readlink /opt/hosting-panel/current /usr/share/hosting-panel/current
    find /etc/systemd/system /etc/nginx /etc/fail2ban /etc/hosting-panel /usr/lib/hosting-panel /etc/logrotate.d \\
      /etc/tmpfiles.d /usr/local/bin -type f ! -name '*.blob' -exec stat -c '%n %a %U %G' {} + \\
      -exec sha256sum {} + | sort
    find /etc/systemd/system -type l -printf '%p %l\\n' | sort
    ls /opt/hosting-panel/releases
    systemctl list-units --all --plain --no-legend 'hosting-panel*.timer' 'hosting-panel*.socket' |
      awk '{ print $1, $3 }'`,
  )

/** Makes the copied release one whose database has another table, and whose service has another description. */
export const makeNewer = (machine: Machine): Promise<string> =>
  insideOf(
    machine,
    `cd ${copied}
    grep -rl 'const migrations = ' dist --include=*.js | xargs perl -0pi -e \\
      's/(const migrations = \\[[^\\]]*?)\\n\\];/$1,\\n\\t"CREATE TABLE later (id INTEGER)"\\n];/'
    sed -i 's/^Description=.*/& (newer)/' install/systemd/hosting-panel.service
    printf '[Unit]\\nDescription=of the newer release\\n' >install/systemd/hosting-panel-later.slice`,
  )
