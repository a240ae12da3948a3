import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { create, deleteSite, output, writeFile } from './_helpers.ts'

const root = '/var/www/linked.test/public'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await create(panel, { domain: 'linked.test', runtime: 'static' })
  await create(panel, { domain: 'beside.test', runtime: 'static' })
  await output(machine, 'sh', '-c', `mv ${root} /srv/linked && ln -s /srv/linked ${root}`)
  await writeFile(machine, '/srv/linked/kept.txt', 'kept')
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  await Promise.all(['linked.test', 'beside.test'].map((domain) => deleteSite(panel, domain)))
  await output(machine, 'rm', '-rf', '/srv/linked')
})

const stands = async () => {
  expect(await output(machine, 'readlink', root)).toBe('/srv/linked')
  expect(await output(machine, 'cat', '/srv/linked/kept.txt')).toBe('kept')
}

it('a change of a site whose folder is a link is refused, and the link stays', async () => {
  for (const change of [{ bodyLimitMb: 65 }, { isolation: 'shared' }]) {
    const { status, body } = await panel.patch('/sites/linked.test', change)
    expect([status, body.code]).toEqual([409, 'path_taken'])
    expect(body.message).toBe(
      `${root} is a symbolic link, and has to be a folder. Nothing was changed. Move it to another place, ` +
        'and try again',
    )
    await stands()
  }
  expect((await panel.get('/sites/linked.test')).body).toMatchObject({ bodyLimitMb: 64, isolation: 'own' })
  expect((await site(machine, 'beside.test')).status).toBe(200)
})

it('the drift shows it, and everything else is put right', async () => {
  await output(machine, 'rm', '/etc/nginx/sites-enabled/beside.test.conf')
  const { changes } = (await panel.get('/drift')).body as { changes: { name: string; summary: string }[] }
  expect(changes.find(({ name }) => name === root)?.summary).toBe(
    'is a symbolic link, and has to be a folder: move it away',
  )
  const { state, error } = (await panel.post('/drift', undefined, { prefer: 'wait=60' })).body
  expect([state, error.code, error.message]).toEqual(['failed', 'path_taken', expect.stringContaining('put right')])
  expect(await output(machine, 'readlink', '/etc/nginx/sites-enabled/beside.test.conf')).toContain('beside.test.conf')
  await stands()
})

it('settings of the server and other sites change all the same', async () => {
  expect((await panel.patch('/sites/beside.test', { bodyLimitMb: 66 })).status).toBe(200)
  expect((await panel.patch('/settings', { resolvers: ['127.0.0.1'] })).status).toBe(200)
  await stands()
})

it('moved away and made a folder again, the site is changed as usual', async () => {
  await output(machine, 'sh', '-c', `rm ${root} && mv /srv/linked ${root}`)
  expect((await panel.patch('/sites/linked.test', { bodyLimitMb: 65 })).status).toBe(200)
  expect((await panel.get('/drift')).body.changes).toEqual([])
})
