import { generate } from 'otplib'
import { expect, it, vi } from 'vitest'
import { administrator, openPanel, type Panel } from './_harness.ts'

const signInWith = ({ call }: Panel, extra: object = {}, address = '192.0.2.50') =>
  call('POST /api/session', { body: { ...administrator, ...extra }, headers: { cookie: '' }, address })

/** Turns the second factor on; answers its secret and recovery codes. */
async function turnOn(panel: Panel): Promise<{ secret: string; recoveryCodes: string[] }> {
  await panel.signIn()
  const begun = await panel.call('POST /api/account/totp', { body: { password: administrator.password } })
  expect(begun.status).toBe(200)
  const { secret, uri, qr } = begun.body as { secret: string; uri: string; qr: string }
  expect(uri).toBe(`otpauth://totp/Hosting%20Panel:admin?secret=${secret}&issuer=Hosting%20Panel`)
  expect(qr).toMatch(/^<svg /)
  expect((await signInWith(panel)).status, 'a factor that was not confirmed does not count').toBe(200)
  const confirmed = await panel.call('POST /api/account/totp/confirm', { body: { code: await generate({ secret }) } })
  expect(confirmed.body.recoveryCodes).toHaveLength(10)
  return { secret, recoveryCodes: confirmed.body.recoveryCodes }
}

it('a second factor is asked for, and each code is taken once', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-23T12:00:10Z') })
  const panel = await openPanel()
  const { secret } = await turnOn(panel)
  expect((await signInWith(panel)).body.code).toBe('code_required')
  const code = await generate({ secret })
  expect((await signInWith(panel, { code })).body.code, 'the code that confirmed it').toBe('wrong_code')
  vi.setSystemTime(new Date('2026-11-23T12:00:40Z'))
  const next = await generate({ secret })
  const both = await Promise.all([signInWith(panel, { code: next }), signInWith(panel, { code: next })])
  expect(both.map(({ status }) => status).sort()).toEqual([200, 401])
  for (const wrong of ['000000', '12345', '1234567', 'abcdef', '', '१२३४५६', "' OR 1=1"]) {
    expect((await signInWith(panel, { code: wrong }, `192.0.2.${wrong.length}`)).status).toBeGreaterThanOrEqual(401)
  }
  vi.useRealTimers()
})

it('a code of the step before or after is taken, of none further off', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-23T12:00:10Z') })
  const panel = await openPanel()
  const { secret } = await turnOn(panel)
  const codeAt = (time: string) => generate({ secret, epoch: Date.parse(time) / 1000 })
  vi.setSystemTime(new Date('2026-11-23T12:10:10Z'))
  expect((await signInWith(panel, { code: await codeAt('2026-11-23T12:09:00Z') })).body.code).toBe('wrong_code')
  expect((await signInWith(panel, { code: await codeAt('2026-11-23T12:09:45Z') })).status).toBe(200)
  expect((await signInWith(panel, { code: await codeAt('2026-11-23T12:10:35Z') })).status).toBe(200)
  expect(
    (await signInWith(panel, { code: await codeAt('2026-11-23T12:10:05Z') })).body.code,
    'older than one that was taken',
  ).toBe('wrong_code')
  vi.useRealTimers()
})

it('guessing codes is limited for the account, whatever sessions and addresses it comes from', async () => {
  const panel = await openPanel()
  await turnOn(panel)
  const guesses = await Promise.all(
    Array.from({ length: 100 }, (_, i) => signInWith(panel, { code: String(100_000 + i) }, `198.51.100.${i}`)),
  )
  expect(guesses.filter(({ body }) => body.code === 'wrong_code')).toHaveLength(5)
  expect(guesses.filter(({ status }) => status === 429)).toHaveLength(95)
  const halves = await Promise.all(Array.from({ length: 5 }, (_, i) => signInWith(panel, {}, `203.0.113.${i}`)))
  expect(
    halves.map(({ status }) => status),
    'half a sign-in buys nothing',
  ).toEqual(Array(5).fill(429))
}, 60_000)

it('recovery codes work once each, in any spelling, and are not stored as they are', async () => {
  const panel = await openPanel()
  const { recoveryCodes } = await turnOn(panel)
  const [first, second] = recoveryCodes as [string, string]
  expect(first).toMatch(/^[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}$/)
  expect((await signInWith(panel, { code: first.toUpperCase().replaceAll('-', ' ') })).status).toBe(200)
  expect((await signInWith(panel, { code: first })).body.code).toBe('wrong_code')
  expect((await panel.call('GET /api/account')).body).toMatchObject({ totp: true, recoveryCodes: 9 })
  const stored = JSON.stringify(panel.ctx.db.sqlite.prepare('SELECT * FROM recovery_codes').all())
  for (const code of recoveryCodes) expect(stored).not.toContain(code.replaceAll('-', ''))
  const renewed = await panel.call('POST /api/account/recovery-codes', { body: { password: administrator.password } })
  expect(renewed.body.recoveryCodes).toHaveLength(10)
  expect((await signInWith(panel, { code: second })).body.code).toBe('wrong_code')
})

it('what could take an account over asks for the password again, and counts wrong ones', async () => {
  const panel = await openPanel()
  await turnOn(panel)
  const wrong = { password: 'not the password' }
  expect((await panel.call('DELETE /api/account/totp', { body: wrong })).body.code).toBe('wrong_password')
  expect((await panel.call('POST /api/account/recovery-codes', { body: wrong })).body.code).toBe('wrong_password')
  expect(
    (await panel.call('PATCH /api/account', { body: { currentPassword: 'no', password: 'another good password' } }))
      .body.code,
  ).toBe('wrong_password')
  expect((await panel.call('GET /api/account')).body.totp).toBe(true)
  for (let i = 0; i < 2; i++) await panel.call('DELETE /api/account/totp', { body: wrong })
  expect((await panel.call('DELETE /api/account/totp', { body: { password: administrator.password } })).status).toBe(
    429,
  )
  panel.ctx.db.sqlite.prepare('DELETE FROM counters').run()
  expect((await panel.call('DELETE /api/account/totp', { body: { password: administrator.password } })).status).toBe(
    204,
  )
  expect((await signInWith(panel)).status).toBe(200)
})

it('sessions are listed with their device and address, and end one by one, all, or with a new password', async () => {
  const panel = await openPanel()
  await panel.signIn()
  const { call } = panel
  const others: { cookie: string }[] = []
  for (let i = 1; i <= 4; i++) {
    const { headers } = await call('POST /api/session', {
      body: administrator,
      headers: { cookie: '', 'user-agent': `Browser/${i}` },
      address: `192.0.2.${i}`,
    })
    others.push({ cookie: headers.get('set-cookie')!.split(';')[0]! })
  }
  const list = (await call('GET /api/account/sessions')).body.sessions as {
    id: string
    agent: string
    address: string
    current: boolean
  }[]
  expect(list).toHaveLength(5)
  expect(list.filter(({ current }) => current)).toHaveLength(1)
  const second = list.find(({ agent }) => agent === 'Browser/2')!
  expect(second.address).toBe('192.0.2.2')
  expect(
    (await call(`DELETE /api/account/sessions/{session}`, { path: `/api/account/sessions/${second.id}` })).status,
  ).toBe(204)
  const alive = async () =>
    Promise.all(others.map(async (headers) => (await call('GET /api/session', { headers })).status))
  expect(await alive()).toEqual([200, 401, 200, 200])
  expect(
    (
      await call('PATCH /api/account', {
        body: { currentPassword: administrator.password, password: 'another good password' },
        headers: others[0]!,
      })
    ).status,
  ).toBe(204)
  expect(await alive()).toEqual([200, 401, 401, 401])
  expect((await call('GET /api/session')).status, 'the first session, which did not change it').toBe(401)
  expect((await call('DELETE /api/account/sessions', { headers: others[0]! })).body).toEqual({ ended: 0 })
  expect((await signInWith(panel)).status).toBe(401)
})
