import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { siteUser } from '../../lib/sites/names.ts'
import { api, type Api } from './http.ts'
import type { Machine } from './machine.ts'
import { output } from './sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from './use-machine.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  for (const domain of ['first.test', 'second.test', 'shared.test']) await panel.delete(`/sites/${domain}?purge=true`)
  await panel.delete('/users/tenant')
})

const add = (domain: string) => panel.post('/sites', { domain, runtime: 'static', owner: 'tenant' })

it('who has used their share of the disk up gets nothing new until there is room again', async () => {
  expect((await panel.post('/users', { username: 'tenant', password: 'a password of a tenant', limits: { diskMb: 3 } })).status).toBe(201)
  expect((await add('first.test')).status).toBe(201)
  await output(machine, 'dd', 'if=/dev/urandom', 'of=/var/www/first.test/public/large', 'bs=1M', 'count=4')
  expect((await panel.get('/users/tenant')).body.usage).toMatchObject({ sites: 1, databases: 0, diskMb: 5, parts: { sitesMb: 5, databasesMb: 0, dumpsMb: 0, uploadsMb: 0 } })
  expect(await add('second.test')).toMatchObject({ status: 403, body: { code: 'limit_reached' } })
  await output(machine, 'rm', '/var/www/first.test/public/large')
  expect((await add('second.test')).status).toBe(201)
})

/** Asks the agent as the panel does. */
const ask = async (operation: string, input: object): Promise<unknown> => {
  const answer = await output(machine, 'setpriv', '--reuid=hosting-panel', '--regid=hosting-panel', '--clear-groups',
    'curl', '-s', '--unix-socket', '/run/hosting-panel/agent.sock', '-d', JSON.stringify(input), `http://agent/${operation}`)
  return (JSON.parse(answer.trim().split('\n').at(-1)!) as { result: unknown }).result
}

const MIB = 1024 * 1024

it('the agent measures bytes and inodes of each site in the order asked', async () => {
  const measure = async (...domains: string[]) => ((await ask('sites.usage', { domains })) as { sites: { bytes: number; files: number }[] }).sites
  const [first] = await measure('first.test')
  await output(machine, 'dd', 'if=/dev/zero', 'of=/var/www/first.test/public/more', 'bs=1M', 'count=2')
  await output(machine, 'mkdir', '/var/www/first.test/public/folder')
  const [none, second, grown] = await measure('none.test', 'second.test', 'first.test')
  expect(none).toEqual({ bytes: 0, files: 0 })
  expect(grown!.files - first!.files).toBe(2)
  expect(grown!.bytes - first!.bytes).toBeGreaterThanOrEqual(2 * MIB)
  expect(grown!.bytes - first!.bytes).toBeLessThan(2.1 * MIB)
  expect(second!.bytes).toBeLessThan(MIB)
})

it('the agent tells how much the processes of each site have written, shared sites apart', async () => {
  expect((await panel.post('/sites', { domain: 'shared.test', runtime: 'php', isolation: 'shared' })).status).toBe(201)
  const code = '<?php file_put_contents("file", str_repeat("x", $_GET["mb"] << 20)); echo "written";'
  await output(machine, 'sh', '-c', `printf '%s' '${code}' > /var/www/shared.test/public/write.php`)
  await output(machine, 'chown', '-R', 'hosting-panel-shared:', '/var/www/shared.test/public')
  expect(await output(machine, 'curl', '-s', '-H', 'Host: shared.test', 'http://127.0.0.1/write.php?mb=4')).toBe('written')
  const own = `dd if=/dev/zero of=/var/www/first.test/public/own bs=1M count=3 2>&1 && exec sleep 60`
  await output(machine, 'systemd-run', '-q', '--unit=writer', `--uid=${siteUser('first.test')}`, 'sh', '-c', own)
  await output(machine, 'sh', '-c', 'until pgrep -u "$0" -x sleep; do :; done', siteUser('first.test'))
  const { sites } = (await ask('sites.writers', {})) as { sites: { domain: string; bytesWritten: number }[] }
  await output(machine, 'systemctl', 'stop', 'writer')
  const written = new Map(sites.map(({ domain, bytesWritten }) => [domain, bytesWritten]))
  expect(written.get('second.test')).toBe(0)
  for (const [domain, mb] of [['first.test', 3], ['shared.test', 4]] as const) {
    expect(written.get(domain), domain).toBeGreaterThanOrEqual(mb * MIB)
    expect(written.get(domain), domain).toBeLessThan((mb + 1) * MIB)
  }
})
