import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { output, target, type Target } from './_attack.ts'

let on: Target
beforeAll(async () => {
  on = await target()
})
beforeEach(async () => {
  await on.panel.delete('/sites/swapped.test?purge=true')
  expect((await on.panel.post('/sites', { domain: 'swapped.test', runtime: 'php', owner: 'admin' })).status).toBe(201)
}, 300_000)
afterAll(() => on.panel.delete('/sites/swapped.test?purge=true'))

/** Rights on a directory that a link points to, and its content. */
const victim = () =>
  output(
    on.machine,
    'sh',
    '-c',
    "find /root/victim -printf '%m %U %G %p %s\\n' | sort; stat -c '%a %U %G' /etc /etc/passwd /etc/shadow; ls " +
      "/etc | grep -vc 'passwd-\\|group-\\|shadow-\\|.pwd.lock'",
  )
const swap = (...paths: string[]) =>
  output(
    on.machine,
    'sh',
    '-c',
    'rm -rf /root/victim; mkdir -m 700 /root/victim; echo secret > /root/victim/file; chmod 600 /root/victim/file' +
      paths.map((path) => `; rm -rf '${path}'; ln -s /root/victim '${path}'`).join(''),
  )

const within = [
  '/var/www/swapped.test/public',
  '/var/www/swapped.test/logs',
  '/var/www/swapped.test/tmp',
  '/var/www/swapped.test/sessions',
  '/etc/nginx/hosting-panel/swapped.test',
]
/** In a soak each place is swapped by itself; else those that do not lie in each other are swapped at once. */
const places = [
  ['/var/www/swapped.test'],
  ...(process.env.HOSTING_PANEL_SOAK ? within.map((each) => [each]) : [within]),
]
const deeds: [string, () => Promise<unknown>][] = [
  ['changing who owns the files', () => on.panel.patch('/sites/swapped.test', { isolation: 'shared' })],
  ['putting everything back', () => on.panel.post('/drift', undefined, { prefer: 'wait=60' })],
  ['deleting into the trash', () => on.panel.delete('/sites/swapped.test')],
  ['deleting for good', () => on.panel.delete('/sites/swapped.test?purge=true')],
  ['measuring', () => on.panel.get('/users/admin')],
]

it.each(places.flatMap((swapped) => deeds.map(([what, deed]) => [swapped.join(', '), what, swapped, deed] as const)))(
  '%s swapped for a link: %s leaves what it points to alone',
  async (_places, _what, swapped, deed) => {
    await swap(...swapped)
    const before = await victim()
    await deed()
    await output(on.machine, 'systemctl', 'start', 'hosting-panel-hook@sweep.service')
    expect(await victim()).toBe(before)
    for (const place of swapped) await output(on.machine, 'sh', '-c', `[ ! -L '${place}' ] || rm '${place}'`)
    await on.panel.post('/drift', undefined, { prefer: 'wait=60' })
  },
  300_000,
)

it('a log swapped for a link to another file is not written through or given away', async () => {
  await output(
    on.machine,
    'sh',
    '-c',
    'echo secret > /root/log-victim; chmod 600 /root/log-victim; rm -f /var/log/nginx/swapped.test.access.log; ' +
      'ln -s /root/log-victim /var/log/nginx/swapped.test.access.log',
  )
  await on.panel.post('/drift', undefined, { prefer: 'wait=60' })
  await on.panel.patch('/sites/swapped.test', { bodyLimitMb: 65 })
  expect(await output(on.machine, 'stat', '-c', '%a %U', '/root/log-victim')).toBe('600 root')
})

it('what follows a link would be seen (control)', async () => {
  await swap('/var/www/swapped.test/public')
  const before = await victim()
  await output(on.machine, 'sh', '-c', 'chown -R www-data /var/www/swapped.test/public/')
  expect(await victim()).not.toBe(before)
})
