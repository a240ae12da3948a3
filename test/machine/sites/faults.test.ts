import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, site, type Api } from '../http.ts'
import { siteUser } from '../../../lib/model/sites/names.ts'
import type { Machine } from '../machine.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { create, expectGone, output, deleteSite, writeFile } from './_helpers.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await create(panel, { domain: 'witness.test', runtime: 'static' })
})
afterAll(async () => {
  await deleteSite(panel, 'witness.test')
})
beforeEach(() => showJournalOnFailure(machine))

it('the panel is killed in the middle: its next start finishes the site', async () => {
  const creating = panel.post('/sites', { domain: 'panel.test', runtime: 'php' }).catch(() => undefined)
  await new Promise((resolve) => setTimeout(resolve, 60))
  await output(machine, 'systemctl', 'kill', '-s', 'KILL', 'hosting-panel.service')
  await creating
  await expect
    .poll(async () => (await panel.get('/sites/panel.test')).body.state, { timeout: 90_000 })
    .toMatch(/active/)
  expect((await site(machine, 'panel.test')).status).toBe(200)
  await deleteSite(panel, 'panel.test')
})

describe('the machine is in a bad way', () => {
  const refuses = async (code: string) => {
    const { status, body } = await panel.post('/sites', { domain: 'fault.test', runtime: 'php' })
    if (status === 201) await deleteSite(panel, 'fault.test')
    expect([body.code, status >= 500]).toEqual([code, true])
    expect(body.message.length).toBeGreaterThan(40)
  }

  /** Lets nginx's master open so many more files, while it lasts. */
  const withOpenFiles = async <T>(more: number, work: () => Promise<T>): Promise<T> => {
    const master = await output(machine, 'cat', '/run/nginx.pid')
    const open = Number(await output(machine, 'sh', '-c', `ls /proc/${master}/fd | wc -l`))
    const limit = await output(machine, 'prlimit', `--pid=${master}`, '--nofile', '--output=SOFT', '--noheadings')
    await output(machine, 'prlimit', `--pid=${master}`, `--nofile=${open + more}:`)
    return work().finally(() => output(machine, 'prlimit', `--pid=${master}`, `--nofile=${limit}:`))
  }

  it('a full disk', async () => {
    await output(machine, 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', '/var/lib/hosting-panel')
    await output(machine, 'sh', '-c', 'cat /dev/zero > /var/lib/hosting-panel/fill 2>/dev/null')
    await refuses('disk_full').finally(() => output(machine, 'umount', '/var/lib/hosting-panel'))
    await expectGone(machine, panel, 'fault.test')
  })

  it('a disk that fills up half way', async () => {
    const mount = '/etc/nginx/sites-available'
    await output(
      machine,
      'sh',
      '-c',
      `cp -a ${mount} /run/kept && mount -t tmpfs -o size=96k,mode=0755 tmpfs ${mount} && cp -a /run/kept/. ` +
        `${mount}; cat /dev/zero > ${mount}/fill 2>/dev/null`,
    )
    await refuses('disk_full').finally(() => output(machine, 'sh', '-c', `umount ${mount}; rm -r /run/kept`))
    await expectGone(machine, panel, 'fault.test')
  })

  it('a read-only /etc/nginx', async () => {
    await output(
      machine,
      'sh',
      '-c',
      'mount --bind /etc/nginx /etc/nginx && mount -o remount,bind,ro /etc/nginx; systemctl stop ' +
        'hosting-panel-agent.service',
    )
    await refuses('read_only').finally(() =>
      output(machine, 'sh', '-c', 'umount /etc/nginx; systemctl stop hosting-panel-agent.service'),
    )
    await expectGone(machine, panel, 'fault.test')
  })

  it('a held lock', async () => {
    await output(machine, 'sh', '-c', 'printf 1 > /etc/passwd.lock')
    await refuses('accounts_locked').finally(() => output(machine, 'rm', '/etc/passwd.lock'))
    await expectGone(machine, panel, 'fault.test')
  })

  it('an nginx somebody broke by hand', async () => {
    await writeFile(machine, '/etc/nginx/conf.d/broken.conf', 'no_such_directive;\n')
    await refuses('nginx_already_broken').finally(() => output(machine, 'rm', '/etc/nginx/conf.d/broken.conf'))
    expect((await site(machine, 'witness.test')).status).toBe(200)
    await expectGone(machine, panel, 'fault.test')
  })

  it('an nginx that says it reloaded and did not, for want of open files', async () => {
    await withOpenFiles(1, () => refuses('nginx_reload_failed'))
    expect((await site(machine, 'witness.test')).status).toBe(200)
    await expectGone(machine, panel, 'fault.test')
  }, 300_000)

  it('an nginx that does not leave a site out, but has new workers: the site is whole again', async () => {
    await create(panel, { domain: 'fault.test', runtime: 'php' })
    await writeFile(machine, '/var/www/fault.test/public/index.php', '<?php echo posix_getuid() > 0 ? "here" : "root";')
    // A worker that dies is replaced, with the old configuration; a new one has many more files to open.
    const kill = 'for i in $(seq 60); do kill -9 $(pgrep -P $(cat /run/nginx.pid) | head -n 1); sleep 0.05; done'
    // The command line asks the panel past nginx.
    const { code, stderr } = await withOpenFiles(1, async () => {
      const killing = output(machine, 'sh', '-c', kill)
      const answer = await machine.sh(['hosting-panel', 'sites', 'delete', 'fault.test', '--purge'])
      await killing
      return answer
    })
    // Its workers have the limit, too.
    await output(machine, 'systemctl', 'restart', 'nginx')
    expect([code, stderr]).toEqual([1, expect.stringContaining('nginx accepted the configuration but did not load it')])
    expect((await panel.get('/drift')).body.changes).toEqual([])
    expect((await site(machine, 'fault.test')).body).toBe('here')
    expect((await panel.get('/sites/fault.test')).body.state).toBe('active')
    await deleteSite(panel, 'fault.test')
    await expectGone(machine, panel, 'fault.test')
  }, 300_000)
})

it('one bad site in a crowd harms only itself', async () => {
  // nginx refuses a name that is there twice.
  await writeFile(machine, '/etc/nginx/conf.d/taken.conf', `upstream ${siteUser('bad.test')} { server 127.0.0.1:1; }\n`)
  const bad = { domain: 'bad.test', runtime: 'proxy', proxyTo: 'http://localhost:1' }
  const domains = ['crowd1.test', 'crowd2.test', 'bad.test', 'crowd3.test', 'crowd4.test']
  const answers = await Promise.all(
    domains.map((domain) => panel.post('/sites', domain === bad.domain ? bad : { domain, runtime: 'static' })),
  )
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 422, 201, 201])
  expect(answers[2]!.body).toMatchObject({
    code: 'nginx_check_failed',
    message: expect.stringContaining('duplicate upstream'),
  })
  await output(machine, 'rm', '/etc/nginx/conf.d/taken.conf')
  for (const domain of domains.filter((name) => name !== 'bad.test')) {
    expect((await site(machine, domain)).status).toBe(200)
    await deleteSite(panel, domain)
  }
}, 300_000)
