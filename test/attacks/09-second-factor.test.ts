import { generate } from 'otplib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { client } from '../machine/http.ts'
import { deleteCounters, newUser, target, type Target } from './_attack.ts'

const credentials = { username: 'factor', password: 'a password for an attack' }
let on: Target
let secret: string
let used: string

beforeAll(async () => {
  on = await target()
  const person = await newUser(on, credentials.username)
  secret = (await person.post('/account/totp', { password: credentials.password })).body.secret
  used = await generate({ secret })
  expect((await person.post('/account/totp/confirm', { code: used })).status).toBe(200)
})
afterAll(async () => {
  await on.panel.delete(`/users/${credentials.username}`)
})

const tries = (code: string, cookie?: string) => client(on.machine, cookie).post('/session', { ...credentials, code })

it('a code that was used is not taken again', async () => {
  await deleteCounters(on.machine)
  expect((await tries(used)).body.code).toBe('wrong_code')
})

it('a hundred codes over a hundred sessions are five', async () => {
  await deleteCounters(on.machine)
  const statuses = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      tries(String(900_000 + index), `__Host-session=${String(index).padStart(43, 'x')}`),
    ),
  )
  expect(statuses.filter(({ body }) => body.code === 'wrong_code')).toHaveLength(5)
  expect(statuses.filter(({ status }) => status === 429)).toHaveLength(95)
})

it('the next code, without the guesses, is taken (control)', async () => {
  await deleteCounters(on.machine)
  const next = await generate({ secret, epoch: Date.now() / 1000 + 30 })
  expect((await tries(next)).status).toBe(200)
})
