import { itInSoak } from '../_cases.ts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { canConnect, keepConnection } from './_connection.ts'
import { api, panelUrl, request, type Api } from './http.ts'
import type { Machine } from './machine.ts'
import { output, writeFile } from './sites/_helpers.ts'
import { stranger, type Stranger } from './stranger.ts'
import { showJournalOnFailure, useMachine } from './use-machine.ts'

/** How long a change waits in these tests, in seconds. */
const CONFIRM_TIMEOUT_S = 10
const DROP_INS = '/run/systemd/system/hosting-panel-agent.service.d'

let machine: Machine
let panel: Api
let other: Stranger
let host: string

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  other = await stranger(machine, 40)
  host = (await panel.get('/bans/settings')).body.yourAddress
  await output(machine, 'mkdir', '-p', DROP_INS)
  await writeFile(
    machine,
    `${DROP_INS}/firewall.conf`,
    `[Service]\nEnvironment=HOSTING_PANEL_FIREWALL_SECONDS=${CONFIRM_TIMEOUT_S}\n`,
  )
  await restartAgent()
  await output(machine, 'systemd-run', '--unit=test-echo', '--collect', 'python3', '-m', 'http.server', '5432')
})
afterAll(async () => {
  await output(machine, 'rm', '-f', `${DROP_INS}/firewall.conf`)
  await restartAgent()
  await output(machine, 'systemctl', 'stop', 'test-echo')
  await other.leave()
})
beforeEach(() => showJournalOnFailure(machine))
afterEach(async () => {
  await expect.poll(async () => (await panel.get('/firewall/rules')).body.undoAt, { timeout: 90_000 }).toBeNull()
  for (const { id } of (await panel.get('/firewall/rules')).body.rules) await panel.delete(`/firewall/rules/${id}`)
})

const restartAgent = () =>
  output(machine, 'sh', '-c', 'systemctl daemon-reload; systemctl stop hosting-panel-agent.service')
const add = (rule: object) => panel.post('/firewall/rules', rule)
const drifted = async () =>
  ((await panel.get('/drift')).body.changes as { kind: string }[]).filter(({ kind }) => kind === 'firewall')
const rules = () => output(machine, 'sh', '-c', 'ufw status numbered | tail -n +4; grep -h ENABLED /etc/ufw/ufw.conf')

const reaches = (port: number) => canConnect(machine, port)
const otherReaches = async (port: number) => (await other.request(`http://${machine.address}:${port}/`)) !== 0

describe('rules', () => {
  it('open a port, for everybody or for one source, and close it again', async () => {
    expect(await reaches(5432)).toBe(false)
    const { status, body } = await add({ port: 5432, comment: 'PostgreSQL' })
    expect([status, body.rules]).toMatchObject([
      201,
      [{ port: '5432', protocol: 'tcp', source: null, comment: 'PostgreSQL' }],
    ])
    expect([await reaches(5432), await otherReaches(5432)]).toEqual([true, true])
    const id = body.rules[0].id
    expect((await panel.patch(`/firewall/rules/${id}`, { source: other.address })).status).toBe(200)
    expect([await reaches(5432), await otherReaches(5432)]).toEqual([false, true])
    expect((await panel.delete(`/firewall/rules/${id}`)).body.rules).toEqual([])
    expect(await otherReaches(5432)).toBe(false)
    expect(await drifted()).toEqual([])
  })

  itInSoak(
    'the first that fits decides, in the order they are put',
    async () => {
      await add({ port: 5432 })
      await add({ action: 'deny', port: 5432, source: other.address })
      expect([await reaches(5432), await otherReaches(5432)]).toEqual([true, true])
      const { rules: list } = (await panel.get('/firewall/rules')).body
      expect(
        (await panel.patch(`/firewall/rules/${list[1].id}`, { position: 1 })).body.rules.map(
          ({ action }: { action: string }) => action,
        ),
      ).toEqual(['deny', 'allow'])
      expect([await reaches(5432), await otherReaches(5432)]).toEqual([true, false])
      await add({ action: 'deny', source: '2001:db8::/32', position: 1 })
      await add({ action: 'limit', port: '6000:6010', protocol: 'udp', position: 2 })
      expect(await drifted()).toEqual([])
      expect(await rules()).toMatch(/DENY IN +2001:db8::\/32[^]*6000:6010\/udp \(v6\)[^]*5432\/tcp \(v6\)/)
    },
    300_000,
  )

  it('a plan shows the lines, and does nothing', async () => {
    const before = await rules()
    const { body } = await panel.post('/firewall/rules?plan=true', { port: 5432, comment: 'PostgreSQL' })
    expect(body.changes).toMatchObject([{ kind: 'firewall', name: 'ufw', summary: 'change the rules' }])
    expect(body.changes[0].diff).toContain('+allow tcp 5432 any # PostgreSQL')
    expect(await rules()).toBe(before)
  })

  it('what somebody adds or removes with ufw is kept, or shown and put back', async () => {
    await add({ port: 5432, comment: 'PostgreSQL' })
    await output(machine, 'ufw', 'allow', '9999/tcp')
    await output(machine, 'ufw', 'delete', 'allow', '5432/tcp')
    expect(await drifted()).toMatchObject([{ kind: 'firewall' }])
    expect((await panel.post('/drift', undefined, { prefer: 'wait=60' })).body.state).toBe('done')
    expect(await drifted()).toEqual([])
    expect((await panel.get('/firewall/rules')).body.foreign).toEqual(['allow 9999 tcp'])
    expect(await reaches(5432)).toBe(true)
    await output(machine, 'ufw', 'delete', 'allow', '9999/tcp')
  })

  it('that are none are refused and change nothing', async () => {
    const before = await rules()
    for (const rule of [
      { port: 0 },
      { port: 65_536 },
      { port: '22;id' },
      { port: '-1' },
      { port: '9:1' },
      { port: 22, source: '$(id)' },
      { source: '1.2.3.4/33' },
      { source: '::/129' },
      { source: '-h' },
      { port: 22, comment: 'a\nb' },
      { port: 22, comment: "it's" },
      { port: 22, comment: 'x'.repeat(300) },
      { port: 22, action: 'allow; reboot' },
      {},
      { port: 22, extra: 1 },
      { port: '1:9', protocol: 'any' },
      { port: 22, protocol: 'icmp' },
    ])
      expect((await add(rule)).status, JSON.stringify(rule)).toBe(422)
    expect(await rules()).toBe(before)
  })

  it('a second rule for the same is refused', async () => {
    await add({ port: 5432 })
    expect((await add({ port: 5432, action: 'deny' })).body.code).toBe('rule_exists')
    expect((await panel.patch('/firewall/rules/00000000-0000-4000-8000-000000000000', { port: 1 })).body.code).toBe(
      'rule_not_found',
    )
  })
})

describe('a change that would lock its maker out', () => {
  it('is refused, unless dared; then it is undone', async () => {
    const before = await rules()
    const lockout = { action: 'deny', source: host }
    expect((await add(lockout)).body).toMatchObject({ code: 'would_lock_out' })
    expect(await rules()).toBe(before)
    expect((await add({ ...lockout, confirm: true })).body).toMatchObject({ undoAt: expect.any(String) })
    expect([await reaches(8080), await other.request(`${panelUrl(machine)}/api/health`)]).toEqual([false, 200])
    await expect.poll(() => reaches(8080), { timeout: (CONFIRM_TIMEOUT_S + 60) * 1000, interval: 500 }).toBe(true)
    await expect
      .poll(async () => (await panel.get('/firewall/rules')).body, { timeout: 90_000 })
      .toMatchObject({ undoAt: null, rules: [], enabled: true })
    expect(await rules()).toBe(before)
  }, 300_000)

  it('is kept when confirmed over a new connection, and no other way', async () => {
    const { post, end } = keepConnection(machine)
    expect((await post('/firewall/rules', { action: 'deny', port: 22, confirm: true })).status).toBe(201)
    expect(await post('/firewall/confirm', {})).toEqual({ status: 409, code: 'same_connection' })
    expect(await post('/firewall/confirm', { proof: 'made up' })).toEqual({ status: 409, code: 'same_connection' })
    expect((await add({ port: 1 })).body.code).toBe('firewall_waits')
    const { proof } = JSON.parse((await request(`${panelUrl(machine)}/api/firewall/proof`)).body)
    expect((await post('/firewall/confirm', { proof })).status).toBe(204)
    end()
    await new Promise((resolve) => setTimeout(resolve, (CONFIRM_TIMEOUT_S + 2) * 1000))
    expect((await panel.get('/firewall/rules')).body).toMatchObject({
      undoAt: null,
      rules: [{ action: 'deny', port: '22' }],
    })
    expect((await panel.post('/firewall/confirm', {})).body.code).toBe('nothing_to_confirm')
  }, 300_000)

  itInSoak(
    'is undone although agent and panel are killed',
    async () => {
      const before = await rules()
      expect((await add({ action: 'deny', source: host, confirm: true })).body.undoAt).toEqual(expect.any(String))
      await output(machine, 'systemctl', 'kill', '-s', 'KILL', 'hosting-panel-agent.service', 'hosting-panel.service')
      await expect.poll(() => reaches(8080), { timeout: (CONFIRM_TIMEOUT_S + 60) * 1000, interval: 500 }).toBe(true)
      await expect
        .poll(async () => (await panel.get('/firewall/rules').catch(() => null))?.body.rules, { timeout: 90_000 })
        .toEqual([])
      expect(await rules()).toBe(before)
    },
    300_000,
  )
})

it('off and on again, and a UFW that fails says so', async () => {
  expect((await panel.patch('/firewall', { enabled: false })).body.enabled).toBe(false)
  expect(await reaches(5432)).toBe(true)
  expect((await panel.patch('/firewall', { enabled: true })).body.enabled).toBe(true)
  expect(await reaches(5432)).toBe(false)
  await output(machine, 'mv', '/usr/sbin/ufw', '/usr/sbin/ufw.away')
  expect((await add({ port: 5432 })).body.code).toBe('firewall_unavailable')
  expect((await panel.get('/firewall/rules')).body.problem).toContain('UFW is not installed')
  await output(machine, 'mv', '/usr/sbin/ufw.away', '/usr/sbin/ufw')
  expect((await panel.get('/firewall/rules')).body).toMatchObject({ problem: null, enabled: true, rules: [] })
})
