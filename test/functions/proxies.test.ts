import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import hook from '../../hooks/refresh-proxies.ts'
import { paths } from '../../lib/model/paths.ts'
import { knownRanges, type Ranges } from '../../lib/model/sites/trusted-proxies.ts'
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
  agent = withAgent(panel.ctx)
  putSite(panel, 'a.test', null, { trustedProxies: ['fastly'] })
})
afterEach(() => rmSync(place, { recursive: true }))

const told: unknown[] = []
vi.spyOn(console, 'log').mockImplementation((line) => void told.push(line))

/** Runs the hook, with what the providers tell; answers what it says. */
async function refresh(ranges: Ranges, problems: string[] = []): Promise<unknown[]> {
  agent.answers['proxies.ranges'] = () => ({ ranges, problems })
  await hook.run(panel.ctx)
  return told.splice(0)
}
const kept = () => JSON.parse(readFileSync(paths.trustedProxies, 'utf8')) as Ranges
const next = { ...knownRanges, fastly: ['192.0.2.0/24', '2001:db8::/32'] }

it('new addresses are kept, for the panel alone, and made live', async () => {
  expect(await refresh(next)).toEqual(['The addresses of proxies have changed'])
  expect(agent.asked('proxies.ranges')).toEqual([{ known: knownRanges }])
  expect([kept(), readdirSync(place)]).toEqual([next, ['trusted-proxies.json']])
  expect(statSync(paths.trustedProxies).mode & 0o777).toBe(0o600)
  expect(agent.asked('server.converge')).toMatchObject([{ proxies: next, removeOrphans: false }])
  expect(agent.asked('server.converge')[0]!.bans).toMatchObject({ proxies: next.fastly })
})

it('the same addresses change nothing', async () => {
  await refresh(next)
  agent.reset()
  expect(await refresh(next)).toEqual([])
  expect(agent.asked('proxies.ranges')).toEqual([{ known: next }])
  expect(agent.asked('server.converge')).toEqual([])
})

it('a provider that does not answer is told, and what the others tell is live', async () => {
  expect(await refresh(next, ['cloudfront: nobody answers'])).toEqual([
    'The addresses that are known stay: cloudfront: nobody answers',
    'The addresses of proxies have changed',
  ])
  expect(await refresh(next, ['fastly: nonsense'])).toEqual(['The addresses that are known stay: fastly: nonsense'])
  expect(kept()).toEqual(next)
})

it('a file that is damaged gives the addresses that the panel came with', async () => {
  writeFileSync(paths.trustedProxies, '{"fastly": ["10.0.0.0/8"]')
  await refresh(next)
  expect(agent.asked('proxies.ranges')).toEqual([{ known: knownRanges }])
  expect(kept()).toEqual(next)
})
