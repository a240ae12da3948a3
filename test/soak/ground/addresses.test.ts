import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { api, site, type Api } from '../../machine/http.ts'
import type { Machine } from '../../machine/machine.ts'
import { create, deleteSite, output, writeFile } from '../../machine/sites/_helpers.ts'
import { endWide, serveWide } from '../../machine/sites/_wide.ts'
import { showJournalOnFailure, useMachine } from '../../machine/use-machine.ts'

let machine: Machine
let panel: Api
const [remote, changed, local] = ['remote.test', 'changed.test', 'local.test'] as const

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await serveWide(machine, '::', 3981)
  await output(machine, 'sh', '-c', "printf '127.0.0.1 program.intern\\n' >>/etc/hosts")
  for (const domain of [remote, changed])
    await create(panel, { domain, runtime: 'proxy', proxyTo: 'http://elsewhere.example' })
  await create(panel, { domain: local, runtime: 'proxy', proxyTo: 'http://program.intern:3981' })
}, 120_000)
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  await endWide(machine, 3981)
  for (const domain of [remote, changed, local]) await deleteSite(panel, domain)
})

const vhostOf = (domain: string) => output(machine, 'cat', `/etc/nginx/sites-available/${domain}.conf`)

/** Writes a file of the machine's, and puts it back at the end of the test. Docker and the like mount some of them. */
async function write(path: string, change: (text: string) => string): Promise<void> {
  const { stdout } = await machine.sh(['cat', path])
  onTestFinished(() => writeFile(machine, path, stdout))
  await writeFile(machine, path, change(stdout))
}
const soon = { timeout: 90_000 }

it('other DNS servers and another hosts file are taken up; what somebody wrote into a vhost stays', async () => {
  const vhost = `/etc/nginx/sites-available/${changed}.conf`
  await writeFile(machine, vhost, `# mine\n${await vhostOf(changed)}\n`)
  await write('/etc/resolv.conf', () => 'nameserver 192.0.2.53\nnameserver 2001:db8::53\n')
  await write('/etc/hosts', (text) => text.replace('127.0.0.1 program.intern', '::1 program.intern'))
  await expect.poll(() => vhostOf(remote), soon).toContain('resolver 192.0.2.53 [2001:db8::53] valid=30s')
  await expect.poll(async () => JSON.parse((await site(machine, local)).body).family, soon).toBe('::1')
  expect(await vhostOf(changed)).toMatch(/^# mine\n/)
  expect(await vhostOf(changed)).not.toContain('192.0.2.53')
  const drift = (await panel.get('/drift')).body.changes as { name: string }[]
  expect(drift.map(({ name }) => name)).toEqual([vhost])
  expect((await panel.post('/drift', {}, { prefer: 'wait=60' })).body.state).toBe('done')
})

it('a server that names no DNS server is told of', async () => {
  const told = async () =>
    (await panel.get('/alerts')).body.alerts.filter(({ key }: { key: string }) => key === 'proxies:resolvers')
  await expect.poll(() => vhostOf(remote), soon).not.toContain('192.0.2.53')
  await write('/etc/resolv.conf', () => '# nobody\n')
  await expect.poll(told, soon).toMatchObject([{ severity: 'warning', site: null }])
  await write('/etc/resolv.conf', () => 'nameserver 192.0.2.53\n')
  await expect.poll(told, soon).toEqual([])
})
