import { afterAll, beforeAll, expect, it } from 'vitest'
import { appJob, letSleep, provideNode, startTiny } from '../machine/apps/_tiny.ts'
import { script } from '../machine/cache/_cache.ts'
import { site } from '../machine/http.ts'
import { output, target, type Target } from './_attack.ts'

let on: Target
beforeAll(async () => {
  on = await target()
  expect((await on.panel.post('/sites', { domain: 'forks.test', runtime: 'php' })).status).toBe(201)
  await provideNode(on.panel)
  await startTiny(on.machine, on.panel, 'app-forks.test', { buildCommand: 'cp /proc/self/cgroup built-in.txt' })
})
afterAll(() =>
  Promise.all(['forks.test', 'app-forks.test'].map((domain) => on.panel.delete(`/sites/${domain}?purge=true`))),
)

const userOf = async (domain: string): Promise<string> => (await on.panel.get(`/sites/${domain}`)).body.user
const sliceOf = (user: string): string => `sites-${user.replaceAll('-', String.raw`\x2d`)}.slice`

/** The control group of each process of a user, as `pid path`. */
const groupsOf = async (user: string): Promise<string[]> =>
  (
    await output(
      on.machine,
      'sh',
      '-c',
      `for pid in $(pgrep -u ${user}); do echo "$pid $(sed -n 's/^0:://p' /proc/$pid/cgroup)"; done`,
    )
  )
    .split('\n')
    .filter((line) => line.includes(' /'))
const expectInside = async (domain: string, least: number) => {
  const user = await userOf(domain)
  const groups = await groupsOf(user)
  expect(groups.length).toBeGreaterThanOrEqual(least)
  expect(groups.filter((line) => !line.includes(`/sites.slice/${sliceOf(user)}/`))).toEqual([])
}

it('all that a PHP site starts stays in its slice, also what it sends into the background', async () => {
  await script(
    on.machine,
    'forks.test',
    'fork.php',
    "exec('for i in $(seq 40); do setsid nohup sleep 60 >/dev/null 2>&1 & done'); echo 'forked';",
  )
  expect((await site(on.machine, 'forks.test', '/fork.php')).body).toBe('forked')
  await expectInside('forks.test', 41)
})

it('an app runs in its site’s slice, and so does what builds it', async () => {
  expect((await site(on.machine, 'app-forks.test', '/pid')).body).toMatch(/^\d+$/)
  const user = await userOf('app-forks.test')
  await expect
    .poll(async () => (await groupsOf(user)).every((line) => line.includes(`/${sliceOf(user)}/hosting-panel-app@`)))
    .toBe(true)
  await expectInside('app-forks.test', 1)
  expect(await output(on.machine, 'cat', '/var/www/app-forks.test/app/built-in.txt')).toContain(
    `/sites.slice/${sliceOf(user)}/hosting-panel-prepare-`,
  )
})

it('an app that slept, and one that was killed with its supervisor, come back into it', async () => {
  await letSleep(on.machine, on.panel, 'app-forks.test')
  expect((await site(on.machine, 'app-forks.test', '/pid')).body).toMatch(/^\d+$/)
  await expectInside('app-forks.test', 1)
  const before = (await site(on.machine, 'app-forks.test', '/pid')).body
  await output(on.machine, 'systemctl', 'kill', '--signal=SIGKILL', 'hosting-panel-supervisor.service')
  await expect.poll(async () => (await site(on.machine, 'app-forks.test', '/pid')).body).not.toBe(before)
  const user = await userOf('app-forks.test')
  await expect
    .poll(async () => (await groupsOf(user)).map((line) => line.split('/').includes(sliceOf(user))))
    .toEqual([true])
})

it('a slice has limits of its own over all of it, and a fork bomb ends there', async () => {
  const user = await userOf('forks.test')
  const shown = await output(
    on.machine,
    'systemctl',
    'show',
    '--property=TasksMax,CPUWeight,IOWeight,MemoryMax,MemoryHigh',
    sliceOf(user),
  )
  expect(shown).toMatch(/^TasksMax=512$/m)
  expect(shown).toMatch(/^MemoryMax=\d+$/m)
  expect(shown).toMatch(/^MemoryHigh=\d+$/m)
  const above = await output(on.machine, 'systemctl', 'show', '--property=TasksMax,MemoryMax', 'sites.slice')
  expect(above, 'all sites together have no such limit').toMatch(/MemoryMax=infinity/)
  const enforced = await output(
    on.machine,
    'sh',
    '-c',
    `cat /sys/fs/cgroup/sites.slice/'${sliceOf(user)}'/pids.max 2>/dev/null`,
  )
  if (enforced === '') return
  await script(
    on.machine,
    'forks.test',
    'bomb.php',
    "exec('for i in $(seq 2000); do setsid nohup sleep 60 >/dev/null 2>&1 & done'); echo 'forked';",
  )
  await site(on.machine, 'forks.test', '/bomb.php')
  expect((await groupsOf(user)).length).toBeLessThanOrEqual(512)
})

it('a process of no site is seen outside (control), and a removed site leaves no slice and no process', async () => {
  expect((await groupsOf('root')).some((line) => !line.includes('/sites.slice/'))).toBe(true)
  const user = await userOf('forks.test')
  expect((await on.panel.delete('/sites/forks.test?purge=true')).status).toBeLessThan(300)
  expect(await output(on.machine, 'pgrep', '-u', user)).toBe('')
  await expect.poll(() => output(on.machine, 'systemctl', 'is-active', sliceOf(user))).toBe('inactive')
  expect(await output(on.machine, 'sh', '-c', `ls -d /etc/systemd/system/*${user}* 2>/dev/null`)).toBe('')
  expect(await appJob(on.panel, 'app-forks.test', 'stop')).toMatchObject({ state: 'done' })
})
