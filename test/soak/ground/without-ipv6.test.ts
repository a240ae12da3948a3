import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, site, type Api } from '../../machine/http.ts'
import { down } from '../../machine/machine.ts'
import { create, output } from '../../machine/sites/_helpers.ts'
import { ownName, showJournalOnFailure } from '../../machine/use-machine.ts'
import { bootVm, type Vm } from '../_vm.ts'

const name = ownName('ipv6')
const domains = ['plain.test', 'php.test', 'remote.test']

let vm: Vm
let panel: Api
beforeAll(async () => {
  vm = await bootVm(name)
  panel = await api(vm)
  // The emulated server has less memory than the machine that the panel was installed in.
  expect((await panel.post('/drift', undefined, { prefer: 'wait=300' })).body).toMatchObject({ state: 'done' })
  await create(panel, { domain: 'plain.test', runtime: 'static' })
  await create(panel, { domain: 'php.test', runtime: 'php' })
  await create(panel, { domain: 'remote.test', runtime: 'proxy', proxyTo: 'http://nowhere.test' })
}, 1_800_000)
afterAll(async () => {
  await vm?.end()
  await down(name)
})
beforeEach(() => showJournalOnFailure(vm))

const listening = async () => (await output(vm, 'ss', '-Hltn', 'sport = :80')).includes('[::]:80')

async function isWell(): Promise<void> {
  await expect.poll(async () => (await panel.get('/health')).body.status, { timeout: 300_000 }).toBe('ok')
  const statuses = await Promise.all(domains.map(async (domain) => (await site(vm, domain)).status))
  expect(statuses).toEqual([200, 200, 502])
  expect((await panel.get('/drift')).body.changes).toEqual([])
}

it('a kernel without IPv6: all starts after a reboot, and sites can be changed', async () => {
  await vm.reboot('ipv6.disable=1')
  expect((await vm.sh(['test', '-e', '/proc/net/if_inet6'])).code).toBe(1)
  await isWell()
  expect(await listening()).toBe(false)
  expect((await panel.patch('/sites/plain.test', { bodyLimitMb: 5 })).status).toBe(200)
  await create(panel, { domain: 'new.test', runtime: 'static' })
  expect((await site(vm, 'new.test')).status).toBe(200)
}, 1_800_000)

it('with IPv6 again: all listens on it after a reboot', async () => {
  await vm.reboot()
  await isWell()
  expect(await listening()).toBe(true)
  expect(await output(vm, 'grep', '-LF', '[::]:80', '/etc/nginx/sites-available/new.test.conf')).toBe('')
}, 1_800_000)
