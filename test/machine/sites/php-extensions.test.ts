import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { create, deleteSite, output, writeFile } from './_helpers.ts'
import { steadily } from './_load.ts'

const domain = 'extensions.test'
const path = '/php/versions/8.2/extensions'
const work = { prefer: 'wait=160' }
let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await output(machine, 'apt-get', 'update')
  await deleteSite(panel, domain)
  await create(panel, { domain, runtime: 'php', phpVersion: '8.2' })
  const file = `/var/www/${domain}/public/t.php`
  await writeFile(machine, file, '<?php echo extension_loaded("bz2") ? "loaded" : "not loaded";')
  await output(machine, 'chown', '--reference', `/var/www/${domain}/public`, file)
})
afterAll(() => deleteSite(panel, domain))
beforeEach(() => showJournalOnFailure(machine))

const loaded = async () => (await site(machine, domain, '/t.php')).body
const installed = async (): Promise<string[]> =>
  (await panel.get(path)).body.extensions.flatMap((one: { name: string; installed: boolean }) =>
    one.installed ? [one.name] : [],
  )

it('an extension is installed and removed by jobs; a busy site has it at once, and loses no request', async () => {
  expect([await loaded(), await installed()]).toEqual([
    'not loaded',
    expect.not.arrayContaining(['bz2', 'fpm', 'common']),
  ])
  const loads = [1, 2].map(() => steadily(() => site(machine, domain, '/t.php')))
  const added = (await panel.post(path, { extension: 'bz2' }, work)).body
  expect(added).toMatchObject({ state: 'done', error: null })
  await expect.poll(loaded).toBe('loaded')
  expect(await installed()).toContain('bz2')
  expect((await panel.delete(`${path}/bz2`, work)).body).toMatchObject({ state: 'done', error: null })
  await expect.poll(loaded).toBe('not loaded')
  for (const load of loads) {
    const tally = await load.stop()
    console.log('under load:', JSON.stringify(tally))
    expect(tally).toMatchObject({ failed: 0 })
  }
})

it('one that another package needs stays, and what is none is refused', async () => {
  expect((await panel.delete(`${path}/mysql`, work)).body).toMatchObject({
    state: 'failed',
    error: { code: 'package_needed', message: expect.stringContaining('adminer') },
  })
  expect(await installed()).toContain('mysql')
  expect((await panel.post(path, { extension: 'not-there' }, work)).body.error.code).toBe('package_unavailable')
  expect((await panel.post(path, { extension: 'fpm' })).status).toBe(422)
  expect((await panel.get('/php/versions/8.1/extensions')).body.code).toBe('php_version_missing')
})
