import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { appJob, provideNode, tinySite } from '../machine/apps/_tiny.ts'
import { createDatabase, importDump, removeDatabase, sql } from '../machine/databases/_helpers.ts'
import { beginFaults, dyingAt, endFaults } from '../machine/faults.ts'
import { site } from '../machine/http.ts'
import { output, target, type Target } from './_attack.ts'
import { endRace, makeTrees, places, processesOf, race, removeTrees, runAs, userOf, victims } from './_trees.ts'

let on: Target
let before: string
beforeAll(async () => {
  on = await target()
  await makeTrees(on)
})
afterAll(() => removeTrees(on))
afterEach(async () => {
  await endRace(on)
  expect(await victims(on)).toBe(before)
})
beforeEach(async () => {
  before = await victims(on)
  expect(before).toContain('local-token 600 root root')
})

it('an app’s own files are read as its user, whatever they become', async () => {
  await provideNode(on.panel)
  await tinySite(on.machine, on.panel, 'raced-app.test')
  const { user, root } = (await on.panel.get('/sites/raced-app.test')).body
  const token = await output(on.machine, 'cat', '/etc/hosting-panel/local-token')
  await output(
    on.machine,
    'sh',
    '-c',
    `ln -s /etc/hosting-panel/local-token ${root}/package-lock.json; ` +
      `ln -s /etc/shadow ${root}/requirements.txt; mkdir -p ${root}/../venv; ln -sfn /root ${root}/node_modules`,
  )
  await race(on, user, [root, `/var/www/raced-app.test/tmp`, `/var/www/raced-app.test/home`])
  const said = JSON.stringify(await appJob(on.panel, 'raced-app.test', 'start'))
  expect([said.includes(token), said.includes('root:')]).toEqual([false, false])
  expect((await on.panel.delete('/sites/raced-app.test?purge=true')).status).toBe(200)
  expect(await processesOf(on, user).catch(() => '')).toBe('')
})

it('a dump that the panel’s user exchanges for a file of root’s is not imported', async () => {
  const exchange = `
import os, time
place = '/opt/hosting-panel/data/uploads'
os.chdir(place)
for _ in range(60000):
    for name in os.listdir('.'):
        if len(name) == 32:
            try: os.symlink('/srv/tree-victim.sql', name + '.link'); os.rename(name + '.link', name)
            except OSError: pass
    time.sleep(0.0005)
`
  await output(on.machine, 'sh', '-c', "umask 077; echo 'CREATE TABLE stolen (a INT);' > /srv/tree-victim.sql")
  await on.machine.sh(['tee', '/usr/local/share/exchange.py'], { input: exchange })
  await createDatabase(on.panel, 'raced')
  expect(await importDump(on.panel, 'raced', 'CREATE TABLE own (a INT);')).toMatchObject({ state: 'done' })
  await output(on.machine, 'chmod', '644', '/usr/local/share/exchange.py')
  await runAs(on, 'hosting-panel', 'python3 /usr/local/share/exchange.py')
  for (let round = 0; round < 3; round++) await importDump(on.panel, 'raced', `CREATE TABLE own${round} (a INT);`)
  expect(await sql(on.machine, 'raced', 'SHOW TABLES')).not.toContain('stolen')
  await endRace(on)
  await removeDatabase(on.panel, 'raced')
  await output(on.machine, 'rm', '/srv/tree-victim.sql', '/usr/local/share/exchange.py')
})

it('a deletion that was taken back leaves the site its numbers', async () => {
  await on.panel.post('/sites', { domain: 'kept.test', runtime: 'php' })
  const user = await userOf(on, 'kept.test')
  const numbers = () =>
    output(on.machine, 'sh', '-c', `id ${user}; stat -c '%n %u:%g %U:%G' ${places('kept.test').join(' ')}`)
  const had = await numbers()
  await beginFaults(on.machine)
  // It dies twice, after the account is gone and before all is done: a point after each change but units, and three
  // between.
  const { changes } = (await on.panel.delete('/sites/kept.test?plan=true')).body as {
    changes: { kind: string; name: string }[]
  }
  const steps = changes.filter(({ kind }) => kind !== 'unit')
  const step = steps.findIndex(({ kind }) => kind === 'account') + 4
  const died = await dyingAt(on.machine, `${step} always`, async () =>
    expect((await on.panel.delete('/sites/kept.test')).body.code).toBe('agent_lost'),
  )
  expect(await output(on.machine, 'journalctl', '--quiet', '--no-pager', '-t', 'userdel')).toContain(
    `delete user '${user}'`,
  )
  expect((await on.panel.get('/drift')).status).toBe(200)
  expect([died, await numbers()]).toEqual([true, had])
  await endFaults(on.machine)
  expect((await site(on.machine, 'kept.test')).status).toBe(200)
  expect((await on.panel.delete('/sites/kept.test?purge=true')).status).toBe(200)
})
