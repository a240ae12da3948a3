import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { beginFaults, dyingAt, endFaults } from '../../machine/faults.ts'
import { api, type Api } from '../../machine/http.ts'
import type { Machine } from '../../machine/machine.ts'
import { create, output, deleteSite, writeFile } from '../../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../../machine/use-machine.ts'

const HOME = '/opt/hosting-panel/node'
const APP = '/etc/hosting-panel/apps/s-stray.json'

let machine: Machine
let panel: Api
let user: string
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await create(panel, { domain: 'runs-node.test', runtime: 'static' })
  user = (await panel.get('/sites/runs-node.test')).body.user
  // The tests of apps share the machine.
  for (const version of ['20', '22', '24', '26']) await remove(version)
})
afterAll(async () => {
  await shell(
    `rm -f ${APP}; ! mountpoint -q ${HOME} || umount ${HOME}; ! test -e ` +
      '/root/.npmrc.kept || mv /root/.npmrc.kept /root/.npmrc',
  )
  await restartAgent()
  await deleteSite(panel, 'runs-node.test')
  for (const version of ['20', '22']) await remove(version)
})
beforeEach(() => showJournalOnFailure(machine))

const wait = { prefer: 'wait=300' }
const shell = (script: string) => output(machine, 'sh', '-c', script)
const asUser = (...argv: string[]) =>
  machine.sh(['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--reset-env', ...argv])
const ended = async (job: Promise<{ body: unknown }>) =>
  (await job).body as { state: string; error: { code: string; message: string } | null; steps: { name: string }[] }
const install = (version = '20') => ended(panel.post('/node/versions', { version }, wait))
const remove = (version = '20') => ended(panel.delete(`/node/versions/${version}`, wait))
const names = async () => (await shell(`ls -A ${HOME}`)).split('\n').filter(Boolean)
const nodeOf = async (version: string) =>
  (await panel.get('/node/versions')).body.versions.find((entry: { version: string }) => entry.version === version)
const restartAgent = () => shell('systemctl daemon-reload; systemctl stop hosting-panel-agent.service')

/** Nothing but whole versions: a link and its directory for each. */
async function expectWhole(...versions: string[]): Promise<void> {
  const found = await names()
  expect(found.filter((name) => !name.startsWith('.'))).toEqual(versions)
  expect(
    found
      .filter((name) => name.startsWith('.'))
      .map((name) => /^\.(\d+)\.\d+\.\d+\+/.exec(name)?.[1])
      .sort(),
  ).toEqual(versions)
  for (const version of versions)
    expect(await shell(`${HOME}/${version}/bin/node --version`)).toMatch(new RegExp(`^v${version}\\.\\d+\\.\\d+$`))
}

it('cut off at each step leaves the old or the new', async () => {
  await beginFaults(machine)
  const after: boolean[] = []
  for (const step of ['0', '1', '2', '3']) {
    await dyingAt(machine, step, async () =>
      expect(await install()).toMatchObject({ state: 'failed', error: { code: 'agent_lost' } }),
    )
    after.push((await nodeOf('20')).installed)
    await expectWhole(...(after.at(-1) ? ['20'] : []))
  }
  expect(after).toEqual([false, false, false, true])
  await endFaults(machine)
  expect(await install()).toMatchObject({ state: 'done' })
})

it('without the registry says so, and leaves what was there', async () => {
  await shell('cp /root/.npmrc /root/.npmrc.kept')
  for (const registry of ['http://127.0.0.1:9/', 'http://nowhere.invalid/']) {
    await writeFile(machine, '/root/.npmrc', `registry=${registry}\n`)
    for (const version of ['20', '22'])
      expect(await install(version)).toMatchObject({
        state: 'failed',
        error: { code: 'node_install_failed', message: expect.stringContaining('registry does not answer') },
      })
  }
  await shell('mv /root/.npmrc.kept /root/.npmrc')
  await expectWhole('20')
})

it('of the other versions works as well', { timeout: 300_000 }, async () => {
  for (const version of ['22', '24', '26']) {
    expect(await install(version)).toMatchObject({ state: 'done' })
    const { code, stdout, stderr } = await asUser(
      'env',
      `PATH=${HOME}/${version}/bin:/usr/bin:/bin`,
      'HOME=/tmp',
      'npm',
      '--version',
    )
    expect([code, stdout], stderr).toEqual([0, expect.stringMatching(version === '22' ? /^10\./ : /^11\./)])
  }
  await expectWhole('20', '22', '24', '26')
  for (const version of ['24', '26']) expect(await remove(version)).toMatchObject({ state: 'done' })
})
