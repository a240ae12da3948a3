import { afterEach, expect, it, vi } from 'vitest'
import { listAlerts } from '../../../lib/panel/store/alerts.ts'
import { findApp, noteRunning, noteSleep } from '../../../lib/panel/store/apps.ts'
import { newApp } from '../../../lib/model/apps/schema.ts'
import { steadyClock } from '../../_clock.ts'
import { putCertificate } from '../_authority.ts'
import { putSite } from '../_users.ts'
import { MINUTE, travel, type Travel } from './_travel.ts'

afterEach(() => void vi.useRealTimers())

const told = ({ ctx }: Travel) => listAlerts(ctx.db).filter(({ key }) => key.startsWith('clock:'))
const health = async ({ call }: Travel) => (await call('GET /api/health')).body.clock as string
const hour = 60 * MINUTE

it('a jump is told of until it is taken back, and nobody asks for certificates meanwhile', async () => {
  const server = await travel()
  putSite(server, 'shop.test', null)
  putCertificate(server, 'shop.test', { age: 10 })
  await server.jump(400)
  expect(told(server)).toMatchObject([
    { key: 'clock:jump', severity: 'warning', message: expect.stringMatching(/ahead by 400 days.*timedatectl/) },
  ])
  expect([await health(server), server.agent.asked('certificates.issue')]).toEqual(['jumped', []])
  await server.jump(-401)
  expect(told(server)).toMatchObject([{ message: expect.stringContaining('back by 24 hours') }])
  await server.jump(1)
  expect([told(server), server.agent.asked('certificates.issue')]).toEqual([[], []])
  await server.pass(6_000)
  expect(await health(server)).toBe('ok')
})

it('a jump that stays is taken for right after six hours, and certificates are renewed', async () => {
  const server = await travel()
  putSite(server, 'shop.test', null)
  putCertificate(server, 'shop.test', { age: 10 })
  await server.jump(70)
  await server.pass(5 * hour)
  expect(server.agent.asked('certificates.issue')).toEqual([])
  await server.pass(hour)
  expect([told(server), server.agent.asked('certificates.issue').length]).toEqual([[], 1])
})

it('a time daemon that reaches no server for an hour is told of', async () => {
  const server = await travel()
  const since = (ms: number) => ({ ...steadyClock(), unsynchronised: Date.now() - ms })
  server.agent.answers['clock.follow'] = () => since(hour)
  await server.pass(MINUTE)
  expect(told(server)).toEqual([])
  server.agent.answers['clock.follow'] = () => since(hour + 1)
  await server.pass(MINUTE)
  expect(told(server)).toMatchObject([
    { key: 'clock:synchronisation', message: expect.stringContaining('UDP port 123') },
  ])
  expect(await health(server)).toBe('unsynchronised')
  server.agent.answers['clock.follow'] = () => steadyClock()
  await server.pass(MINUTE)
  expect(told(server)).toEqual([])
})

it('the sleep of an app that ends meanwhile does not seem to have lasted for a year', async () => {
  const server = await travel()
  const { ctx, jump } = server
  putSite(server, 'app.test', null, { runtime: 'node', app: newApp('node', 20_000) })
  const now = () => new Date().toISOString()
  const began = now()
  noteRunning(ctx.db, 'app.test', null, began)
  expect(noteSleep(ctx.db, 'app.test', began, began)).toBe(true)
  await jump(400)
  noteRunning(ctx.db, 'app.test', null, now())
  expect(findApp(ctx.db, 'app.test')!.asleepSeconds).toBe(0)
})
