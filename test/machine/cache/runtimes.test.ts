import { beforeAll, beforeEach, expect, it } from 'vitest'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { create, output, deleteSite, writeFile } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { putCache } from './_cache.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
})
beforeEach(() => showJournalOnFailure(machine))

it('a static site has none', async () => {
  await create(panel, { domain: 'files.test', runtime: 'static' })
  expect((await putCache(panel, 'files.test', { page: { minutes: 5 } })).body.code).toBe('invalid_input')
  await deleteSite(panel, 'files.test')
})

it('a proxy’s are kept too, and gone with the site', async () => {
  await output(machine, 'mkdir', '-p', '/run/front')
  await writeFile(machine, '/run/front/index.txt', 'from behind')
  await output(
    machine,
    'systemd-run',
    '--unit=front',
    '--collect',
    '--working-directory=/run/front',
    'python3',
    '-m',
    'http.server',
    '--bind',
    '127.0.0.1',
    '19191',
  )
  await create(panel, { domain: 'front.test', runtime: 'proxy', proxyTo: 'http://127.0.0.1:19191' })
  await putCache(panel, 'front.test', { page: { minutes: 1 } })
  await expect
    .poll(async () => (await site(machine, 'front.test', '/index.txt', { headers: { cookie: 'PHPSESSID=1' } })).body)
    .toBe('from behind')
  const states: unknown[] = []
  for (let time = 0; time < 2; time++) states.push((await site(machine, 'front.test', '/index.txt')).headers['x-cache'])
  await output(machine, 'systemctl', 'stop', 'front')
  const { body, headers } = await site(machine, 'front.test', '/index.txt')
  expect([...states, headers['x-cache'], body]).toEqual(['MISS', 'HIT', 'HIT', 'from behind'])
  expect((await site(machine, 'front.test', '/other.txt')).status).toBe(502)
  await deleteSite(panel, 'front.test')
  expect(await output(machine, 'ls', '/var/cache/hosting-panel/pages')).not.toContain('front.test')
})
