import { beforeAll, expect, it } from 'vitest'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { useMachine } from '../use-machine.ts'
import { create, output, deleteSite, writeFile } from './_helpers.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await create(panel, { domain: 'drift.test', runtime: 'php' })
  return () => deleteSite(panel, 'drift.test')
})

const drift = async () =>
  (await panel.get('/drift')).body.changes as { action: string; kind: string; name: string; diff?: string }[]
const convergeServer = () => panel.post('/drift', undefined, { prefer: 'wait=60' })

it('a machine nobody touched has none, and converging it changes nothing', async () => {
  expect(await drift()).toEqual([])
  const { status, body } = await convergeServer()
  expect([status, body.state, body.result]).toEqual([200, 'done', { changes: [] }])
})

it('shows what was changed by hand, and puts it back', async () => {
  const vhost = '/etc/nginx/sites-available/drift.test.conf'
  await output(machine, 'sed', '-i', 's/64m/1m/', vhost)
  await output(machine, 'chmod', '0777', '/var/www/drift.test/public')
  await output(machine, 'rm', '/etc/nginx/sites-enabled/drift.test.conf')
  await output(machine, 'sh', '-c', 'systemctl stop hosting-panel-php@s-drift-test-*.socket')
  const changes = await drift()
  expect(changes.map(({ action, kind }) => `${action} ${kind}`).sort()).toEqual([
    'create link',
    'create unit',
    'update directory',
    'update file',
  ])
  expect(changes.find(({ name }) => name === vhost)?.diff).toContain(
    '-    client_max_body_size 1m;\n+    client_max_body_size 64m;',
  )
  expect((await convergeServer()).body.state).toBe('done')
  expect(await drift()).toEqual([])
  expect((await site(machine, 'drift.test')).status).toBe(200)
})

it('shows a site the panel does not know, and moves it to the trash', async () => {
  await output(machine, 'useradd', '--system', '--comment', 'hosting-panel site stray.test', 's-stray-test-00000000')
  await output(machine, 'mkdir', '-p', '/var/www/stray.test/public')
  const { user } = (await panel.get('/sites/drift.test')).body
  expect((await drift()).map(({ name }) => name)).toEqual(['/var/www/stray.test'])
  expect((await convergeServer()).body.state).toBe('done')
  expect(await output(machine, 'sh', '-c', 'ls -d /var/www/.trash/*-stray.test')).not.toBe('')
  expect(await output(machine, 'id', '-un', user)).toBe(user)
  await output(machine, 'userdel', 's-stray-test-00000000')
})

it('keeps a site’s own additions', async () => {
  const additions = '/etc/nginx/hosting-panel/drift.test'
  await writeFile(machine, `${additions}/header.conf`, 'add_header X-Mine yes;\n')
  expect((await panel.patch('/sites/drift.test', { bodyLimitMb: 10 })).status).toBe(200)
  expect((await site(machine, 'drift.test')).headers['x-mine']).toBe('yes')
  expect(await drift()).toEqual([])
})
