import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { askAgent } from '../../machine/_agent.ts'
import { api, type Api } from '../../machine/http.ts'
import { within, type Machine } from '../../machine/machine.ts'
import { expectVersions, HOME, namesOf } from './_node-versions.ts'
import { create, output, deleteSite, writeFile } from '../../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../../machine/use-machine.ts'

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
const names = () => namesOf(machine)
const nodeOf = async (version: string) =>
  (await panel.get('/node/versions')).body.versions.find((entry: { version: string }) => entry.version === version)
const restartAgent = () => shell('systemctl daemon-reload; systemctl stop hosting-panel-agent.service')
const expectWhole = (...versions: string[]) => expectVersions(machine, ...versions)

describe('an installed version', () => {
  it('is whole, and says which release it is', async () => {
    expect(await install()).toMatchObject({
      state: 'done',
      steps: [
        { name: 'Looking for the newest Node 20' },
        { name: expect.stringMatching(/^Installing Node 20\.\d+\.\d+ with npm 10\./) },
        { name: 'Testing it' },
      ],
    })
    await expectWhole('20')
    expect(await nodeOf('20')).toEqual({
      version: '20',
      installed: true,
      fullVersion: await shell(`${HOME}/20/bin/node -p process.versions.node`),
      sites: 0,
    })
    expect(await nodeOf('22')).toMatchObject({ installed: false, fullVersion: null })
  })

  it('runs for every site’s user, who may look into nothing else', async () => {
    const node = await asUser(`${HOME}/20/bin/node`, '-p', 'process.version')
    expect(node.stdout, node.stderr).toMatch(/^v20\./)
    for (const tool of ['npm', 'npx']) {
      const { code, stdout, stderr } = await asUser(
        'env',
        `PATH=${HOME}/20/bin:/usr/bin:/bin`,
        `HOME=/tmp`,
        `${HOME}/20/bin/${tool}`,
        '--version',
      )
      expect([code, stdout], stderr).toEqual([0, expect.stringMatching(/^10\./)])
    }
    for (const path of [
      '/opt/hosting-panel',
      '/opt/hosting-panel/releases',
      '/opt/hosting-panel/current/',
      '/opt/hosting-panel/data',
    ]) {
      expect((await asUser('ls', path)).code, path).not.toBe(0)
    }
    expect((await asUser('sh', '-c', `find -L ${HOME} '(' -writable -o '!' -readable ')' -print -quit`)).stdout).toBe(
      '',
    )
    expect(
      await shell(`find ${HOME} '(' '!' -user root -o '!' -group root -o -type d '!' -perm 755 ')' -print -quit`),
    ).toBe('')
  })

  it('installed again is up to date, and stays the very same', async () => {
    const before = await shell(`readlink ${HOME}/20; stat -c %i ${HOME}/20/bin/node`)
    expect(await install()).toMatchObject({
      state: 'done',
      steps: [{}, { name: expect.stringContaining('is installed already, and is the newest') }],
    })
    expect(await shell(`readlink ${HOME}/20; stat -c %i ${HOME}/20/bin/node`)).toBe(before)
    await expectWhole('20')
  })

  it('gives way to a newer release; what runs keeps its own until it ends', async () => {
    await shell(`cd ${HOME} && mv "$(readlink 20)" .20.0.0+10.0.0-00000000 && ln -sfn .20.0.0+10.0.0-00000000 20`)
    const program =
      "setInterval(() => {}, 1000); process.on('SIGUSR2', () => require('fs').writeFileSync('/tmp/forked', " +
      "String(require('child_process').spawnSync(process.execPath, ['-p', '6 * 7']).stdout)))"
    await shell(
      `rm -f /tmp/forked; setpriv --reuid=${user} --regid=${user} --clear-groups setsid ${HOME}/20/bin/node -e ` +
        `"${program}" >/dev/null 2>&1 & echo $! >/run/test-node.pid; sleep 1`,
    )
    expect(await nodeOf('20')).toMatchObject({ fullVersion: '20.0.0' })
    expect(await install()).toMatchObject({ state: 'done' })
    expect((await nodeOf('20')).fullVersion).not.toBe('20.0.0')
    await shell('kill -USR2 "$(cat /run/test-node.pid)"')
    await within(
      60,
      'the old one to start another of itself',
      async () => (await shell('cat /tmp/forked')) === '42' || undefined,
    )
    expect(await names()).toContain('.20.0.0+10.0.0-00000000')
    await shell('kill "$(cat /run/test-node.pid)"; rm -f /tmp/forked /run/test-node.pid')
    await restartAgent()
    await panel.get('/health')
    await expectWhole('20')
  })
})

describe('a version', () => {
  it.each(['18', '20.1.0', '20\n', '../20', '-g', '$(id)', '20;touch /tmp/pwned', '20 --prefix=/', ''])(
    '%j does not exist',
    async (version) => {
      expect((await panel.post('/node/versions', { version })).status).toBe(422)
      if (version) expect((await panel.delete(`/node/versions/${encodeURIComponent(version)}`)).status).toBe(422)
      expect(await askAgent(machine, 'node.install', { version })).toContain('invalid_request')
      await expectWhole('20')
    },
  )

  it('that an app of this server names is neither removed nor pruned, whatever the panel believes', async () => {
    await writeFile(machine, APP, '{"nodeVersion":"20"}')
    await shell(`touch -d '8 days ago' ${HOME}/20/`)
    expect(await remove()).toMatchObject({ state: 'failed', error: { code: 'node_version_in_use' } })
    await shell('systemctl start hosting-panel-hook@sweep.service')
    await expectWhole('20')
    await shell(`rm ${APP}`)
  })

  it('is pruned once nobody uses it, but not in its first week', async () => {
    await shell(`touch -d '6 days ago' ${HOME}/20/; systemctl start hosting-panel-hook@sweep.service`)
    await expectWhole('20')
    await shell(`touch -d '8 days ago' ${HOME}/20/; systemctl start hosting-panel-hook@sweep.service`)
    await expectWhole()
  })
})

describe('an installation', () => {
  it('holds no change of a site up, and two at once do not meet', async () => {
    const both = Promise.all([install(), install()])
    await within(
      60,
      'the installation to begin',
      async () => (await names()).some((name) => name.startsWith('.new-20-')) || undefined,
    )
    expect((await panel.patch('/sites/runs-node.test', { bodyLimitMb: 65 })).status).toBe(200)
    expect(
      (await names()).some((name) => name.startsWith('.new-20-')),
      'it still runs',
    ).toBe(true)
    expect((await both).map(({ state }) => state)).toEqual(['done', 'done'])
    await expectWhole('20')
    expect(await remove()).toMatchObject({ state: 'done' })
    expect(await remove()).toMatchObject({ state: 'done' })
    await expectWhole()
  })

  it('cut off by kill -9 while npm works leaves nothing half', async () => {
    const npmRuns = async () => (await shell("pgrep -f '^npm install'")) !== ''
    const cut = install()
    await within(60, 'npm to install', async () => (await npmRuns()) || undefined)
    await shell('systemctl kill --kill-whom=main -s KILL hosting-panel-agent.service')
    expect(await cut).toMatchObject({ state: 'failed', error: { code: 'agent_lost' } })
    expect((await names()).some((name) => name.startsWith('.new-20-'))).toBe(true)
    expect(await npmRuns()).toBe(false)
    expect(await nodeOf('20')).toMatchObject({ installed: false })
    await expectWhole()
  })

  it.each([
    ['too little of it', 'size=64m'],
    ['none for so many files', 'size=3g,nr_inodes=200'],
  ])('on a full disk (%s) says so, and leaves nothing', async (_, limit) => {
    await shell(`mount -t tmpfs -o ${limit} none ${HOME}`)
    const failed = await install('22')
    const left = await names()
    await shell(`umount ${HOME}`)
    expect(failed).toMatchObject({
      state: 'failed',
      error: { code: 'node_install_failed', message: expect.stringContaining('disk is full') },
    })
    expect(left).toEqual([])
  })

  it('without the registry says so, and leaves what was there', async () => {
    await shell('cp /root/.npmrc /root/.npmrc.kept')
    await writeFile(machine, '/root/.npmrc', 'registry=http://127.0.0.1:9/\n')
    expect(await install()).toMatchObject({
      state: 'failed',
      error: { code: 'node_install_failed', message: expect.stringContaining('registry does not answer') },
    })
    await shell('mv /root/.npmrc.kept /root/.npmrc')
    await expectWhole()
  })
})
