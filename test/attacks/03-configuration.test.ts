import { afterAll, beforeAll, expect, it } from 'vitest'
import { output, target, type Target } from './_attack.ts'

const MARK = 'attack_was_here'
const breaks = [
  `x;\n${MARK};`,
  `x}\n${MARK} {`,
  `x"; ${MARK} "`,
  `x'; ${MARK} '`,
  `x\r\n${MARK}: 1`,
  `x\\\n${MARK}`,
  `x # ${MARK}`,
  `\${${MARK}}`,
  `x\u2028${MARK}`,
]

let on: Target
beforeAll(async () => {
  on = await target()
  await on.panel.post('/sites', { domain: 'fields.test', runtime: 'php' })
})
afterAll(() => on.panel.delete('/sites/fields.test?purge=true'))

const found = () =>
  output(
    on.machine,
    'grep',
    '-rl',
    MARK,
    '/etc/nginx',
    '/etc/php',
    '/etc/fail2ban',
    '/etc/ufw',
    '/etc/hosting-panel',
    '/etc/passwd',
    '/etc/systemd/system',
    '/etc/cron.d',
    '/etc/logrotate.d',
  )

const fields: [string, (value: string) => Promise<{ status: number }>][] = [
  ['the domain', (value) => on.panel.post('/sites', { domain: value, runtime: 'static' })],
  ['an alias', (value) => on.panel.patch('/sites/fields.test', { aliases: [value] })],
  [
    'a proxy’s address',
    (value) => on.panel.post('/sites', { domain: 'fields2.test', runtime: 'proxy', proxyTo: value }),
  ],
  [
    'a proxy’s host',
    (value) => on.panel.post('/sites', { domain: 'fields2.test', runtime: 'proxy', proxyTo: `http://${value}` }),
  ],
  ['PHP’s time zone', (value) => on.panel.patch('/sites/fields.test', { phpSettings: { timezone: value } })],
  ['the server’s name', (value) => on.panel.patch('/settings', { serverName: value })],
  ['a DNS server', (value) => on.panel.patch('/settings', { resolvers: [value] })],
  ['a proxy in front', (value) => on.panel.patch('/settings', { trustedProxies: [value] })],
  ['a firewall rule’s comment', (value) => on.panel.post('/firewall/rules', { port: 4321, comment: value })],
  ['a firewall rule’s source', (value) => on.panel.post('/firewall/rules', { port: 4321, source: value })],
  ['the ignore list', (value) => on.panel.patch('/bans/settings', { ignore: [value] })],
  ['a ban’s address', (value) => on.panel.post('/bans', { address: value })],
  ['a jail', (value) => on.panel.post('/bans', { address: '198.51.100.9', jail: value })],
]

it.each(fields)('nothing breaks out of %s', async (_what, send) => {
  for (const value of breaks)
    expect([value, (await send(value)).status]).toEqual([
      value,
      expect.toSatisfy((status: number) => status >= 400 && status < 500),
    ])
  expect(await found()).toBe('')
})

it('a line that did break out would be found (control)', async () => {
  await output(
    on.machine,
    'sh',
    '-c',
    `mkdir -p /etc/nginx/hosting-panel/fields.test && echo '# ${MARK}' > /etc/nginx/hosting-panel/fields.test/own.conf`,
  )
  expect(await found()).toBe('/etc/nginx/hosting-panel/fields.test/own.conf')
  await output(on.machine, 'rm', '/etc/nginx/hosting-panel/fields.test/own.conf')
})
