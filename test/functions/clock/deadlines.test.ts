import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { casesOf } from '../../_cases.ts'
import { listAlerts } from '../../../lib/panel/store/alerts.ts'
import { deadlines } from './_deadlines.ts'
import { travel } from './_travel.ts'

beforeEach(() => void (process.env.HOSTING_PANEL_WEBSITES = '/'))
afterEach(() => void vi.useRealTimers())

const jumps = casesOf([401, -1, 0.5, -401], 2)
const cases = Object.keys(deadlines).flatMap((name) => jumps.map((days): [string, number] => [name, days]))

it.each(cases)('%s are as before once a clock that was %d days ahead is right', async (name, days) => {
  const server = await travel()
  const { before, meanwhile, after } = deadlines[name]!
  await before?.(server)
  await server.jump(days)
  await meanwhile?.(server)
  await server.jump(-days)
  await after(server)
  expect(listAlerts(server.ctx.db).filter(({ key }) => key.startsWith('clock:'))).toEqual([])
})
