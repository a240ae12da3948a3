import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { create, deleteSite, output } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'

let machine: Machine
let panel: Api
const domain = 'ports.test'

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await create(panel, { domain, runtime: 'static' })
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(() => deleteSite(panel, domain))

it.each(['remove nginx', 'purge nginx nginx-common'])('apt-get %s brings no other web server', async (words) => {
  const said = (await machine.sh(['apt-get', '--simulate', ...words.split(' ')])).stdout
  expect(said).toMatch(/^(?:Remv|Purg) nginx /m)
  expect(said).not.toMatch(/^Inst /m)
})

/** Takes a port in a daemon's place until the test ends, or it is told to end. */
async function squat(port: number): Promise<() => Promise<unknown>> {
  const end = () => machine.sh(['systemctl', 'stop', 'squatter'])
  onTestFinished(async () => void (await end()))
  const program =
    'import socket, time; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); ' +
    `s.bind(("127.0.0.1", ${port})); s.listen(); time.sleep(600)`
  // Only root may take a port below 1024; programs of sites are ended by the panel itself.
  const who = port < 1024 ? [] : ['--uid=nobody']
  await output(machine, 'systemd-run', '--quiet', '--collect', '--unit=squatter', ...who, 'python3', '-c', program)
  await expect.poll(() => output(machine, 'ss', '-Hltn', `sport = :${port}`)).not.toBe('')
  return end
}

it.each([
  ['mariadb', 3306],
  ['redis-server', 6379],
])(
  'who took the port of %s is named by drift and converge, and a converge starts it once it is free',
  async (name, port) => {
    await output(machine, 'systemctl', 'stop', name)
    const end = await squat(port)
    const who = expect.stringMatching(new RegExp(`its port ${port} was taken by python3\\S* of the user nobody`))
    expect((await panel.get('/drift')).body.changes).toEqual([
      expect.objectContaining({ name: expect.stringMatching(`^${name}`), summary: who }),
    ])
    const failed = (await panel.post('/drift', {}, { prefer: 'wait=120' })).body
    expect([failed.state, failed.error?.message]).toEqual(['failed', who])
    await end()
    expect((await panel.post('/drift', {}, { prefer: 'wait=120' })).body.state).toBe('done')
    expect(await output(machine, 'systemctl', 'is-active', name)).toBe('active')
    expect((await panel.get('/drift')).body.changes).toEqual([])
  },
)

it('nginx whose port was taken says so on the command line, and a converge brings the sites back', async () => {
  await output(machine, 'systemctl', 'stop', 'nginx')
  const end = await squat(80)
  const drift = await output(machine, 'hosting-panel', 'drift', 'show', '--json')
  expect(drift).toMatch(/nginx\.service.*its port 80 was taken by python3/s)
  expect((await machine.sh(['hosting-panel', 'drift', 'converge'])).stderr).toContain(
    'its port 80 was taken by python3',
  )
  await end()
  await output(machine, 'hosting-panel', 'drift', 'converge')
  expect((await site(machine, domain)).status).toBe(200)
  expect((await panel.get('/drift')).body.changes).toEqual([])
})
