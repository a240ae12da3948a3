import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { services } from '../../lib/agent/services/index.ts'
import { siteUser } from '../../lib/model/sites/names.ts'
import { casesOf } from '../_cases.ts'
import { beginFaults, endFaults, killedOnTheWay } from './faults.ts'
import { api, site, type Answer, type Api } from './http.ts'
import type { Machine } from './machine.ts'
import { standIn, startsInstead, type Fault } from './_service-faults.ts'
import { output, writeFile } from './sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from './use-machine.ts'

/**
 * Every service of the engine keeps the same promises: a configuration that its daemon refuses changes nothing, a load
 * that only seems to work is noticed, and a change that is cut off anywhere is made, or is not there.
 */
let machine: Machine
let panel: Api

const changed = 'conform.test'
const sh = (script: string) => output(machine, 'sh', '-ec', script)

interface Conformance {
  /** Changes something of this service, through the panel. */
  change: () => Promise<Answer>
  /** Changes it back. */
  back: () => Promise<Answer>
  /** The daemon does not accept its configuration. */
  refuses: Fault
  /** The daemon says that it took the configuration, and does not run it; null: its word is the kernel's own. */
  lies: Fault | null
  /** Reads what the daemon runs, in its own words. */
  live: () => Promise<string>
}

const convergeServer = async (): Promise<Answer> => {
  const { status, headers, body } = await panel.post('/drift', undefined, { prefer: 'wait=60' })
  return body.state === 'failed' ? { status: 500, headers, body: body.error } : { status, headers, body }
}
const rules = async () => (await panel.get('/firewall/rules')).body.rules as { id: string; port: string }[]
/** Status of a site's page; nginx hangs up on names that it does not know. */
const answerOf = (domain: string): Promise<string> =>
  site(machine, domain).then(
    ({ status }) => String(status),
    () => 'none',
  )
const everyFile = (place: string) => `find ${place} -type f -not -name '*generation*' -exec sha256sum {} + | sort`

/** By the names of lib/agent/services/. Those that wait on no daemon of their own have no row. */
const conformance: Record<string, Conformance> = {
  nginx: {
    change: () => panel.post('/sites', { domain: changed, runtime: 'proxy', proxyTo: 'http://localhost:1' }),
    back: () => panel.delete(`/sites/${changed}?purge=true`),
    refuses: {
      // nginx refuses a name that is there twice.
      begin: () =>
        writeFile(machine, '/etc/nginx/conf.d/taken.conf', `upstream ${siteUser(changed)} { server 127.0.0.1:1; }\n`),
      end: () => sh('rm /etc/nginx/conf.d/taken.conf'),
      code: 'nginx_check_failed',
    },
    lies: {
      begin: () =>
        sh(
          'pid=$(cat /run/nginx.pid); prlimit --pid=$pid --nofile --output=SOFT --noheadings >/run/test-nofile; ' +
            'prlimit --pid=$pid --nofile=$(($(ls /proc/$pid/fd | wc -l) + 1)):',
        ),
      end: () =>
        sh('prlimit --pid=$(cat /run/nginx.pid) --nofile=$(tr -d " " </run/test-nofile):; rm /run/test-nofile'),
      code: 'nginx_reload_failed',
    },
    live: async () => (await answerOf(changed)) + (await sh(everyFile('/etc/nginx'))),
  },
  PHP: {
    change: () => panel.post('/sites', { domain: changed, runtime: 'php' }),
    back: () => panel.delete(`/sites/${changed}?purge=true`),
    refuses: { ...standIn('php-fpm8.2', 'echo "no such setting" >&2; exit 78'), code: 'php_check_failed' },
    lies: { ...startsInstead('hosting-panel-php@.service', 'notify', '/bin/false'), code: 'command_failed' },
    live: async () => (await answerOf(changed)) + (await sh(everyFile('/etc/php'))),
  },
  MariaDB: {
    change: convergeServer,
    back: async () => {
      await sh(
        `file=/etc/mysql/mariadb.conf.d/90-hosting-panel.cnf; sed -i '/^max_connections = 77$/d' $file; ` +
          `echo 'max_connections = 77' >>$file; systemctl restart mariadb`,
      )
      return { status: 200, headers: {}, body: {} }
    },
    refuses: {
      begin: () => sh(`printf '[mariadbd]\\nno_such_setting = 1\\n' >/etc/mysql/mariadb.conf.d/99-broken.cnf`),
      end: () => sh('rm /etc/mysql/mariadb.conf.d/99-broken.cnf'),
      code: 'mariadb_check_failed',
    },
    lies: { ...startsInstead('mariadb.service', 'simple', '/bin/sleep 1000'), code: 'mariadb_restart_failed' },
    live: () => sh(`mariadb -N -e 'SELECT @@max_connections'; ${everyFile('/etc/mysql')}`),
  },
  Redis: {
    change: convergeServer,
    back: async () => {
      await sh(`sed -i 's/^maxmemory .*/maxmemory 7mb/' /etc/redis/redis.conf`)
      return { status: 200, headers: {}, body: {} }
    },
    refuses: { ...startsInstead('redis-server.service', 'exec', '/bin/false'), code: 'redis_check_failed' },
    lies: { ...startsInstead('redis-server.service', 'simple', '/bin/sleep 1000'), code: 'redis_check_failed' },
    live: () => sh(everyFile('/etc/redis /etc/hosting-panel/redis*')),
  },
  Fail2ban: {
    change: () => panel.patch('/bans/jails/sshd', { maxRetry: 7 }),
    back: () => panel.patch('/bans/jails/sshd', { maxRetry: 5 }),
    refuses: {
      begin: () => sh(`printf '[broken]\\nenabled = true\\nlogpath = /nowhere\\n' >/etc/fail2ban/jail.local`),
      end: () => sh('rm /etc/fail2ban/jail.local'),
      code: 'fail2ban_already_broken',
    },
    lies: {
      begin: () => sh(`printf '[sshd]\\nenabled = false\\n' >/etc/fail2ban/jail.local`),
      end: () => sh('rm /etc/fail2ban/jail.local; fail2ban-client reload'),
      code: 'fail2ban_reload_failed',
    },
    live: () => sh(`fail2ban-client get sshd maxretry; ${everyFile('/etc/fail2ban')}`),
  },
  'The firewall': {
    change: () => panel.post('/firewall/rules', { port: 4444 }),
    back: async () => {
      const { id } = (await rules()).find(({ port }) => port === '4444') ?? { id: 'none' }
      return panel.delete(`/firewall/rules/${id}`)
    },
    refuses: {
      ...standIn('ufw', '[ "$1" = status ] && exec /usr/sbin/ufw "$@"; echo refused >&2; exit 1'),
      code: 'command_failed',
    },
    lies: { ...standIn('ufw', '[ "$1" = status ] && exec /usr/sbin/ufw "$@"; exit 0'), code: 'firewall_failed' },
    live: () => sh(`ufw status numbered; ${everyFile('/etc/ufw')}`),
  },
  'The filter of ports': {
    change: () => panel.post('/sites', { domain: changed, runtime: 'proxy', proxyTo: 'http://192.0.2.1:81' }),
    back: () => panel.delete(`/sites/${changed}?purge=true`),
    refuses: {
      ...standIn('nft', '[ "$1" = list ] && exec /usr/sbin/nft "$@"; echo refused >&2; exit 1'),
      code: 'filter_failed',
    },
    lies: null,
    live: () => sh(`nft list table inet hosting_panel_apps | grep -v counter; ${everyFile('/etc/hosting-panel/apps')}`),
  },
}

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await beginFaults(machine)
})
afterAll(async () => {
  await endFaults(machine)
})
beforeEach(() => showJournalOnFailure(machine))

const drift = async () => (await panel.get('/drift')).body.changes as unknown[]

it('every service with a daemon is asked', () => {
  const without = ['PHP-FPM', 'PHP sockets', 'PHP of before', 'Processes of sites']
  expect(
    services
      .map(({ name }) => name)
      .filter((name) => !without.includes(name))
      .sort(),
  ).toEqual(Object.keys(conformance).sort())
})

describe.each(casesOf(Object.entries(conformance), 3))('%s', (_name, { change, back, refuses, lies, live }) => {
  // Where going back is drift, it is put right before the next service's turn.
  afterAll(async () => expect((await convergeServer()).body.state).toBe('done'))

  it.each([
    ['refuses a configuration: nothing is changed', refuses] as const,
    ...(lies ? [['says that it took one, and did not: nothing is changed', lies] as const] : []),
  ])('%s', async (_what, { begin, end, code }) => {
    await back()
    const [before, differed] = [await live(), await drift()]
    await begin(machine)
    const answer = await change().finally(() => end(machine))
    expect([answer.body.code, answer.status >= 400]).toEqual([code, true])
    expect(answer.body.message).toMatch(/nothing was changed|restored/)
    await expect.poll(live).toBe(before)
    await expect.poll(drift).toEqual(differed)
    expect((await change()).status).toBeLessThan(300)
    expect(await live()).not.toBe(before)
    await back()
  })

  it('is whole when the agent is killed while it changes', async () => {
    await back()
    const before = await live()
    const deaths = await killedOnTheWay(machine, async () => {
      await change()
      if ((await live()) === before) await change()
      expect(await live()).not.toBe(before)
      await back()
      await expect.poll(live).toBe(before)
    })
    expect(deaths).toBeGreaterThan(0)
  }, 1_800_000)
})
