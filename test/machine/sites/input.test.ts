import { beforeAll, expect, it } from 'vitest'
import { api, type Api } from '../http.ts'
import { within, type Machine } from '../machine.ts'
import { useMachine } from '../use-machine.ts'
import { create, output, deleteSite } from './_helpers.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await create(panel, { domain: 'taken.test', runtime: 'static', aliases: ['alias.test'], redirectWww: true })
  // Sites that tests before deleted are still being removed.
  const deleted = () => output(machine, 'find', '/var/www/.trash', '-maxdepth', '1', '-name', 'purge-*')
  await within(300, 'deleted sites to be gone', async () => (await deleted()) === '' || undefined)
  return () => deleteSite(panel, 'taken.test')
})

/** All that a site could write: configuration, accounts, web roots, rows. */
const everything = async () => [
  await output(
    machine,
    'find',
    '/etc',
    '/var/www',
    '/run/hosting-panel',
    '-newermt',
    '2000-01-01',
    '-not',
    '-name',
    '*generation*',
    '-printf',
    '%p %s %T@\n',
  ),
  (await panel.get('/sites')).body,
]

const good = { domain: 'new.test', runtime: 'static' }
it.each([
  ['253 characters', { ...good, domain: `${'abcdefg.'.repeat(31)}tests` }, 422],
  ['an empty label', { ...good, domain: 'test..com' }, 422],
  ['a leading dash', { ...good, domain: '-a.test' }, 422],
  ['a newline', { ...good, domain: 'a.test\n' }, 422],
  ['nginx syntax', { ...good, domain: 'a.test;}' }, 422],
  ['a shell substitution', { ...good, domain: '$(id).test' }, 422],
  ['a path', { ...good, domain: '../etc' }, 422],
  ['an address', { ...good, domain: '10.0.0.1' }, 422],
  ['an imitation', { ...good, domain: 'xn--pple-43d.com' }, 422],
  ['a domain that exists', { ...good, domain: 'taken.test' }, 409],
  ['the same in capitals', { ...good, domain: 'TAKEN.TEST' }, 409],
  ['one that is another’s alias', { ...good, domain: 'alias.test' }, 409],
  ['one that another redirects', { ...good, domain: 'www.taken.test' }, 409],
  ['an alias that exists', { ...good, aliases: ['taken.test'] }, 409],
  ['itself as an alias', { ...good, aliases: ['new.test'] }, 422],
  ['an unknown key', { ...good, colour: 'red' }, 422],
  ['an unknown runtime', { ...good, runtime: 'perl' }, 422],
  ['an unknown PHP version', { ...good, runtime: 'php', phpVersion: '5.6' }, 422],
  ['a PHP version that is not installed', { ...good, runtime: 'php', phpVersion: '8.0' }, 409],
  ['a PHP version for a static site', { ...good, phpVersion: '8.2' }, 422],
  ['a proxy without a target', { ...good, runtime: 'proxy' }, 422],
  ['a proxy with credentials', { ...good, runtime: 'proxy', proxyTo: 'http://a:b@x.test' }, 422],
  ['a proxy to the panel', { ...good, runtime: 'proxy', proxyTo: 'http://127.0.0.1:8080' }, 422],
  ['a proxy to the panel in hexadecimal', { ...good, runtime: 'proxy', proxyTo: 'http://0x7f.1:8080' }, 422],
  ['a proxy to a file', { ...good, runtime: 'proxy', proxyTo: 'file:///etc/passwd' }, 422],
  ['a timezone with nginx syntax', { ...good, runtime: 'php', phpSettings: { timezone: 'UTC;}' } }, 422],
  ['a timezone with a newline', { ...good, runtime: 'php', phpSettings: { timezone: 'UTC\nopen_basedir = /' } }, 422],
  ['a limit as text', { ...good, runtime: 'php', phpSettings: { memoryLimitMb: '128M' } }, 422],
  ['a limit past the end', { ...good, bodyLimitMb: 1e9 }, 422],
  ['no object', ['a'], 422],
])('refuses %s and writes nothing', async (_, body, status) => {
  const before = await everything()
  const answer = await panel.post('/sites', body)
  expect([answer.status, typeof answer.body.code, typeof answer.body.message]).toEqual([status, 'string', 'string'])
  expect(await everything()).toEqual(before)
})

it('refuses the server’s own name', async () => {
  expect((await panel.patch('/settings', { serverName: 'panel.example.test' })).status).toBe(200)
  const { status, body } = await panel.post('/sites', { domain: 'panel.example.test', runtime: 'static' })
  expect([status, body.code]).toEqual([422, 'domain_reserved'])
  expect((await panel.patch('/settings', { serverName: null })).status).toBe(200)
})

it('a plan shows every file and touches nothing', async () => {
  const before = await everything()
  const { status, body } = await panel.post('/sites?plan=true', {
    domain: 'plan.test',
    runtime: 'php',
    phpVersion: '8.2',
  })
  expect(status).toBe(200)
  const vhost = body.changes.find(({ name }: { name: string }) => name === '/etc/nginx/sites-available/plan.test.conf')
  expect(vhost).toMatchObject({
    action: 'create',
    kind: 'file',
    diff: expect.stringMatching(/^--- \/dev\/null\n\+\+\+ .*plan\.test\.conf\n@@[^]*\+ {4}server_name plan\.test;/),
  })
  expect(await everything()).toEqual(before)
})
