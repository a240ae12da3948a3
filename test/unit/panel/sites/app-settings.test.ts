import { expect, it } from 'vitest'
import { newApp } from '../../../../lib/model/apps/schema.ts'
import { changedApp, needsRestart, wokenWith } from '../../../../lib/panel/sites/app-settings.ts'

const app = newApp('node', 20_001)

it('settings that contradict the runtime, or each other, are refused', () => {
  expect(() => changedApp(newApp('python', 20_001), 'python', { nodeVersion: '24' })).toThrow(/no Node version/)
  expect(() => changedApp(app, 'node', { workers: 2 })).toThrow(/one process/)
  expect(() => changedApp(app, 'node', { entry: 'app:app' })).toThrow(/is a file/)
  expect(() => changedApp({ ...app, startCommand: 'node a.js' }, 'node', { entry: 'b.js' })).toThrow(
    /has a start command/,
  )
  expect(
    changedApp({ ...app, startCommand: 'node a.js' }, 'node', { entry: 'b.js', startCommand: null, env: { A: '1' } }),
  ).toMatchObject({ entry: 'b.js', startCommand: null, env: { A: '1' } })
})

it('an app that is woken has its new variables, but not what it would have to be made anew for', () => {
  const before = JSON.stringify(app)
  expect(wokenWith(before, { ...app, env: { A: '1' }, memoryMb: 512 })).toBe(
    JSON.stringify({ ...app, env: { A: '1' }, memoryMb: 512 }),
  )
  expect(wokenWith(before, { ...app, startCommand: 'node b.js' })).toBe(before)
  expect(wokenWith(null, app)).toBeNull()
})

it('an app needs a restart for what counts from its start alone', () => {
  const before = JSON.stringify(app)
  expect([needsRestart(null, app), needsRestart(before, app)]).toEqual([false, false])
  expect(needsRestart(before, { ...app, idleMinutes: 3, healthPath: '/', address: '::1' })).toBe(false)
  expect(needsRestart(before, { ...app, memoryMb: 300 })).toBe(true)
  // Written before the setting was known.
  expect(needsRestart(JSON.stringify({ ...app, address: undefined }), app)).toBe(false)
})
