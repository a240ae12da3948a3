import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { within } from '../machine/machine.ts'
import { output, target, type Target } from './_attack.ts'
import { writeFile } from '../machine/sites/_helpers.ts'

const DROP_IN = '/run/systemd/system/hosting-panel.service.d/answer-timeout.conf'

let on: Target
beforeAll(async () => {
  on = await target()
  await output(on.machine, 'mkdir', '-p', '/run/systemd/system/hosting-panel.service.d')
  await writeFile(on.machine, DROP_IN, '[Service]\nEnvironment=HOSTING_PANEL_ANSWER_TIMEOUT_MS=1500\n')
  await restart()
})
afterAll(async () => {
  await signal('CONT')
  await output(on.machine, 'rm', DROP_IN)
  await restart()
  for (const domain of ['silent.test', 'kept.test']) await on.panel.delete(`/sites/${domain}?purge=true`)
})

async function restart(): Promise<void> {
  await output(on.machine, 'sh', '-c', 'systemctl daemon-reload; systemctl restart hosting-panel.service')
  await within(
    60,
    'the panel',
    async () => (await on.panel.get('/session').catch(() => null))?.status === 200 || undefined,
  )
}

/** The agent is started by being asked. */
const wake = () => on.panel.get('/drift')
const signal = (name: string) =>
  output(
    on.machine,
    'sh',
    '-c',
    `kill -${name} $(systemctl show -P MainPID hosting-panel-agent.service) 2>/dev/null || true`,
  )
const stateOf = async (domain: string) => (await on.panel.get(`/sites/${domain}`)).body.state as string | undefined
const isServed = async (domain: string) =>
  (await on.machine.sh(['test', '-e', `/etc/nginx/sites-enabled/${domain}.conf`])).code === 0

async function whileStopped<T>(work: () => Promise<T>): Promise<T> {
  await wake()
  await signal('STOP')
  return work().finally(() => signal('CONT'))
}

it('an agent stopped for too long: nothing is told that is not so; store and machine agree in the end', async () => {
  expect((await on.panel.post('/sites', { domain: 'kept.test', runtime: 'static' })).status).toBe(201)
  const told = await whileStopped(async () => {
    const [created, changed] = await Promise.all([
      on.panel.post('/sites', { domain: 'silent.test', runtime: 'static' }),
      on.panel.patch('/sites/kept.test', { bodyLimitMb: 77 }),
    ])
    expect([await stateOf('silent.test'), await stateOf('kept.test')]).toEqual(['applying', 'applying'])
    expect((await on.panel.delete('/sites/silent.test')).body.code).toBe('site_busy')
    return [created, changed]
  })
  for (const { status, body } of told) expect([status, body.code]).toEqual([503, 'outcome_unknown'])
  await expect
    .poll(async () => [await stateOf('silent.test'), await stateOf('kept.test')], { timeout: 60_000 })
    .toEqual(['active', 'active'])
  expect((await on.panel.get('/sites/kept.test')).body.bodyLimitMb).toBe(77)
  expect([await isServed('silent.test'), (await on.panel.get('/drift')).body.changes]).toEqual([true, []])
})

it('a deletion, and a plan, the same: what is gone from the store is gone from the machine', async () => {
  const [deleted, planned] = await whileStopped(() =>
    Promise.all([
      on.panel.delete('/sites/silent.test?purge=true'),
      on.panel.post('/sites?plan=true', { domain: 'planned.test', runtime: 'static' }),
    ]),
  )
  expect(deleted.body.code).toBe('outcome_unknown')
  expect([planned.status, planned.body.code]).toEqual([503, 'agent_silent'])
  await expect.poll(() => stateOf('silent.test'), { timeout: 60_000 }).toBeUndefined()
  expect([await isServed('silent.test'), (await on.panel.get('/drift')).body.changes]).toEqual([false, []])
})

it('one that is stopped for a moment keeps nobody from anything (control)', async () => {
  await wake()
  await signal('STOP')
  const creating = on.panel.post('/sites', { domain: 'silent.test', runtime: 'static' })
  await sleep(300)
  await signal('CONT')
  expect((await creating).status).toBe(201)
})
