import { beforeEach, expect, it } from 'vitest'
import { lookAtAllFiles } from '../../lib/panel/files/problems.ts'
import { listAlerts } from '../../lib/panel/store/alerts.ts'
import type { FileProblems } from '../../lib/model/sites/file-problems.ts'
import { refuse, withAgent, type FakeAgent } from './_agent.ts'
import { openPanel, type Panel } from './_harness.ts'
import { newUser, putSite } from './_users.ts'

let panel: Panel
let agent: FakeAgent
let problems: FileProblems

const path = (rest: string) => ({ path: `/api/sites/shop.test/files/${rest}` })
const look = (headers = {}) => panel.call('GET /api/sites/{site}/files/problems', { ...path('problems'), headers })
const repair = (headers = {}) => panel.call('POST /api/sites/{site}/files/repair', { ...path('repair'), headers })
const alerts = () => listAlerts(panel.ctx.db).map(({ key, message }) => `${key} ${message}`)

beforeEach(async () => {
  panel = await openPanel()
  problems = { count: 2, examples: [{ path: 'new/page.txt', problem: 'owner' }] }
  agent = withAgent(panel.ctx, {
    'files.problems': () => problems,
    'files.repair': () => {
      problems = { count: 0, examples: [] }
      return { repaired: 2, left: 0 }
    },
  })
  await panel.signIn()
  putSite(panel, 'shop.test', null)
})

it('a site shows its files that are to be repaired, and repairs them', async () => {
  expect((await look()).body).toEqual(problems)
  expect((await repair()).body).toEqual({ repaired: 2, count: 0, examples: [] })
  expect((await look()).body).toEqual({ count: 0, examples: [] })
  expect(agent.asked('files.repair').map(({ spec }) => spec.domain)).toEqual(['shop.test'])
})

it('other users neither see nor repair them, and an unknown site has none', async () => {
  const headers = await newUser(panel, 'carla')
  expect([(await look(headers)).status, (await repair(headers)).status]).toEqual([404, 404])
  expect(agent.asked('files.repair')).toEqual([])
  const unknown = { path: '/api/sites/none.test/files/problems' }
  expect((await panel.call('GET /api/sites/{site}/files/problems', unknown)).body.code).toBe('site_not_found')
})

it('the daily look raises an alert that names one, and goes on past a site that fails', async () => {
  putSite(panel, 'a-first.test', null)
  agent.answers['files.problems'] = ({ spec }) =>
    spec.domain === 'a-first.test' ? refuse('command_failed')() : problems
  expect(await lookAtAllFiles(panel.ctx)).toBe(1)
  expect(alerts()).toEqual([expect.stringMatching(/^files:shop\.test 2 files .*new\/page\.txt.*sites files repair/)])
  await repair()
  expect(alerts()).toEqual([])
})

it('looking at files that are well again ends the alert, and few repairs are begun a minute', async () => {
  await lookAtAllFiles(panel.ctx)
  await look()
  expect(alerts().length).toBe(1)
  problems = { count: 0, examples: [] }
  await look()
  expect(alerts()).toEqual([])
  expect([(await repair()).status, (await repair()).status, (await repair()).status]).toEqual([200, 200, 429])
})

it('a refusal is passed on, and the alert stays', async () => {
  await lookAtAllFiles(panel.ctx)
  agent.answers['files.repair'] = refuse('site_busy')
  expect((await repair()).body.code).toBe('site_busy')
  expect(alerts().length).toBe(1)
})
