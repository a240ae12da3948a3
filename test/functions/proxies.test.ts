import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import hook from '../../hooks/refresh-proxies.ts'
import { PanelError } from '../../lib/model/errors.ts'
import { paths } from '../../lib/model/paths.ts'
import { knownRanges, type Provider, type Ranges } from '../../lib/model/sites/trusted-proxies.ts'
import { refreshRanges } from '../../lib/panel/proxies/ranges.ts'
import { lookAtProxies } from '../../lib/panel/proxies/watch.ts'
import { listAlerts } from '../../lib/panel/store/alerts.ts'
import { withAgent, type FakeAgent } from './_agent.ts'
import { openPanel, type Panel } from './_harness.ts'
import { putSite } from './_users.ts'

let place: string
let panel: Panel
let agent: FakeAgent
beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'proxies-'))
  Object.assign(paths, { trustedProxies: join(place, 'trusted-proxies.json') })
  panel = await openPanel()
  agent = withAgent(panel.ctx, { 'bans.list': () => ({ bans: [] }) })
  putSite(panel, 'a.test', null, { trustedProxies: ['fastly'] })
})
afterEach(() => rmSync(place, { recursive: true }))

const told: unknown[] = []
vi.spyOn(console, 'log').mockImplementation((line) => void told.push(line))

type Problems = { provider: Provider; message: string }[]

/** Runs the hook, with what the providers tell; answers what it says. */
async function refresh(ranges: Ranges, problems: Problems = []): Promise<unknown[]> {
  agent.answers['proxies.ranges'] = () => ({ ranges, problems })
  await hook.run(panel.ctx)
  return told.splice(0)
}
const kept = () => JSON.parse(readFileSync(paths.trustedProxies, 'utf8')) as Ranges
const alerts = () => listAlerts(panel.ctx.db).map(({ key, message }) => [key, message])
const next = { ...knownRanges, fastly: ['192.0.2.0/24', '2001:db8::/32'] }
const found = 'Found new addresses of proxies; the panel makes them live within a minute'

it('the hook changes nothing by itself; the panel makes new addresses live, and then keeps them', async () => {
  expect(await refresh(next)).toEqual([found])
  expect([agent.order(), readdirSync(place)]).toEqual([['proxies.ranges'], []])
  agent.reset()
  agent.answers['proxies.apply'] = () => {
    expect(readdirSync(place), 'until they are live').toEqual([])
    return { changes: [] }
  }
  await lookAtProxies(panel.ctx)
  expect(agent.order()).toEqual(['proxies.apply', 'bans.apply', 'bans.list'])
  expect(agent.asked('proxies.apply')).toEqual([{ ranges: next, trusted: { sites: next.fastly, panel: [] } }])
  expect(agent.asked('bans.apply')).toMatchObject([{ bans: { proxies: next.fastly } }])
  expect([kept(), readdirSync(place)]).toEqual([next, ['trusted-proxies.json']])
  expect(statSync(paths.trustedProxies).mode & 0o777).toBe(0o600)
  agent.reset()
  await lookAtProxies(panel.ctx)
  expect(agent.order()).toEqual([])
})

it('the same addresses change nothing, even before the panel has taken them up', async () => {
  await refresh(next)
  expect(await refresh(next)).toEqual([])
  expect(agent.asked('proxies.ranges')).toEqual([{ known: knownRanges }, { known: next }])
  await lookAtProxies(panel.ctx)
  expect(await refresh(next)).toEqual([])
})

it('addresses that nginx refuses stay unused, an alert says so, and they are tried again', async () => {
  await refresh(next)
  agent.answers['proxies.apply'] = () => {
    throw new PanelError('nginx_already_broken', 503, 'Repair it by hand first')
  }
  await lookAtProxies(panel.ctx)
  expect(readdirSync(place)).toEqual([])
  expect(alerts()).toEqual([['proxies:ranges', expect.stringContaining('Repair it by hand first')]])
  agent.answers['proxies.apply'] = () => ({ changes: [] })
  await lookAtProxies(panel.ctx)
  expect([kept(), alerts()]).toEqual([next, []])
})

it('a provider that does not answer is told, and an alert is raised once that has lasted a week', async () => {
  const problems: Problems = [
    { provider: 'fastly', message: 'nobody answers' },
    { provider: 'cloudfront', message: 'nobody answers' },
  ]
  expect(await refresh(next, problems)).toEqual([
    'Kept the known addresses of fastly: nobody answers',
    'Kept the known addresses of cloudfront: nobody answers',
    found,
  ])
  const later = (days: number) => refreshRanges(panel.ctx, Date.now() + days * 86_400_000)
  await later(6)
  expect(alerts()).toEqual([])
  await later(8)
  expect(alerts(), 'no site trusts cloudfront').toEqual([
    ['proxies:silent:fastly', expect.stringContaining('for 8 days')],
  ])
  await refresh(next)
  expect(alerts()).toEqual([])
  await refresh(next, problems)
  await later(6)
  expect(alerts(), 'counts from the last answer').toEqual([])
})

it('a file that is damaged gives the addresses that the panel came with', async () => {
  writeFileSync(paths.trustedProxies, '{"fastly": ["10.0.0.0/8"]')
  await refresh(next)
  expect(agent.asked('proxies.ranges')).toEqual([{ known: knownRanges }])
  await lookAtProxies(panel.ctx)
  expect(kept()).toEqual(next)
})
