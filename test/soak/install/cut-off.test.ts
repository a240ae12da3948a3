import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { inside as insideOf } from '../../machine/_bare.ts'
import { giveNpmCache } from '../../machine/build.ts'
import { copied, copyIn, runInstaller } from '../../machine/deploy.ts'
import { api, site, type Api } from '../../machine/http.ts'
import { upInstalled } from '../../machine/installed.ts'
import { down, type Machine } from '../../machine/machine.ts'
import { ownName, showJournalOnFailure } from '../../machine/use-machine.ts'
import { asking, everything, furnish, makeNewer } from './_upgrade.ts'

const steps = 'packages user directories secrets release build keep units start token converge firewall health'.split(
  ' ',
)
/** A release that takes the place of another begins with this one. */
const changing = steps.slice(steps.indexOf('keep'))

let machine: Machine
let panel: Api
let before: string
const inside = (line: string) => insideOf(machine, line)
const tables = () => inside(`sqlite3 -readonly /opt/hosting-panel/data/panel.db 'PRAGMA user_version'`)
let known: string

beforeAll(async () => {
  machine = await upInstalled(ownName('cut'))
  panel = await api(machine)
  await furnish(machine, panel)
  await giveNpmCache(machine)
  await copyIn(machine, true)
  await makeNewer(machine)
  await slowDown()
  await inside('apt-get install -y -q sqlite3 >/dev/null')
  known = await tables()
  before = await everything(machine)
}, 900_000)
beforeEach(() => showJournalOnFailure(machine))
afterAll(() => down(machine.name))

/** The release from before runs, and everything is as it was. */
async function expectAsBefore(): Promise<void> {
  await inside('timeout 120 sh -c "while [ -e /var/lib/hosting-panel/upgrade/release ]; do sleep 0.2; done"')
  await expect.poll(() => everything(machine), { timeout: 60_000 }).toBe(before)
  expect(await tables()).toBe(known)
  panel = await api(machine)
  expect((await panel.get('/health')).body.status).toBe('ok')
  expect((await panel.get('/drift')).body.changes).toEqual([])
  expect((await panel.get('/users/anna')).body).toMatchObject({ username: 'anna' })
  await expect.poll(async () => (await site(machine, 'node.test')).status, { timeout: 60_000 }).toBe(200)
  expect(await inside('systemctl --failed --plain --no-legend')).toBe('')
}

/** Steps that end before somebody can kill them wait for a second first. */
const quick = ['keep', 'token', 'firewall', 'health']

const slowDown = () => {
  const wait = `case " ${quick.join(' ')} " in *" $name "*) sleep 1 ;; esac;`
  return inside(`sed -i 's/"step_$name" )/${wait} &/' ${copied}/install/install.sh`)
}

const killAt = (step: string, kill: string) =>
  inside(
    `: >/var/log/hosting-panel-install.log
    export npm_config_cache=/root/.npm
    setsid bash ${copied}/install/install.sh >/root/out 2>&1 </dev/null &
    installer=$!
    timeout 240 sh -c 'until grep -qx -- "--- ${step}" /var/log/hosting-panel-install.log; do sleep 0.05; done'
    sleep 0.$(od -An -N1 -tu1 /dev/urandom | tr -d ' ')
    ${kill} $installer
    timeout 60 sh -c "while kill -0 $installer 2>/dev/null; do sleep 0.1; done"`,
  )

describe('an upgrade that is killed goes back whole', () => {
  it.each(changing)(
    'at the step %s',
    async (step) => {
      const load = asking(machine)
      await killAt(step, 'kill -KILL')
      await expectAsBefore()
      expect(await load.stop()).toEqual([])
    },
    300_000,
  )

  it('is told by the next run, which takes no notice of what was left', async () => {
    const { stdout } = await runInstaller(machine, ['--downgrade'])
    expect(stdout).toMatch(/^The last upgrade was cut off\. The release from before \(\S+\) runs again\./)
  })

  it('ended by its person, too', async () => {
    await killAt('start', 'kill -TERM')
    expect(await inside('cat /root/out')).toContain('Cut off. Nothing of it stays')
    await expectAsBefore()
  }, 300_000)
})

describe('an upgrade that fails goes back whole', () => {
  it.each([
    ['the new panel does not start', `sed -i '1i process.exit(1)' dist/panel.js`],
    ['the new agent does not start', `sed -i '1i process.exit(1)' dist/agent.js`],
  ])(
    'as %s',
    async (_what, damage) => {
      await inside(`cd ${copied} && cp -a dist /root/dist && ${damage}`)
      const load = asking(machine)
      const { code, stderr } = await runInstaller(machine)
      expect([code, stderr]).toEqual([1, expect.stringMatching(/The release from before \(\S+\) runs again\./)])
      await expectAsBefore()
      expect(await load.stop()).toEqual([])
      await inside(`cd ${copied} && rm -rf dist && mv /root/dist dist`)
    },
    300_000,
  )
})

it('an upgrade that ends well fails no request, and keeps the panel away for two seconds at most', async () => {
  const load = asking(machine)
  await inside(
    `systemd-run --quiet --unit=away sh -c 'while :; do curl -s -o /dev/null -m 1 --unix-socket \\
      /run/hosting-panel/panel/panel.sock http://localhost/api/setup || date +%s.%N >>/root/away; sleep 0.05; done'`,
  )
  const { code, stdout, stderr } = await runInstaller(machine)
  await inside('systemctl stop away')
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, ''])
  expect(await load.stop()).toEqual([])
  const away = (await inside('cat /root/away')).split('\n').map(Number)
  console.log(`The panel was away for ${(away.at(-1)! - away[0]!).toFixed(1)} s`)
  expect(away.at(-1)! - away[0]!).toBeLessThan(2)
  expect(await inside('systemctl show -P Description hosting-panel')).toContain('(newer)')
  expect((await (await api(machine)).get('/drift')).body.changes).toEqual([])
}, 300_000)

it('a downgrade puts the release before in its place, as its database can be read', async () => {
  const load = asking(machine)
  const { code, stdout, stderr } = await runInstaller(machine, ['--downgrade'])
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, ''])
  expect(await load.stop()).toEqual([])
  expect(await inside('systemctl show -P Description hosting-panel')).not.toContain('(newer)')
  expect(await inside('ls /etc/systemd/system')).not.toContain('hosting-panel-later')
  expect(await tables()).not.toBe(known)
  panel = await api(machine)
  expect((await panel.get('/drift')).body.changes).toEqual([])
  expect((await panel.get('/health')).body.status).toBe('ok')
}, 300_000)

it('a downgrade to one that cannot read the database is refused, and changes nothing', async () => {
  expect((await runInstaller(machine)).code).toBe(0)
  await inside(`sqlite3 /opt/hosting-panel/data/panel.db 'PRAGMA application_id = ${Number(known) + 1}'`)
  const here = await everything(machine)
  const { code, stderr } = await runInstaller(machine, ['--downgrade'])
  expect([code, stderr]).toEqual([1, expect.stringMatching(/cannot read the database.*Nothing was changed/)])
  expect(await everything(machine)).toBe(here)
}, 300_000)
