import { hash } from '@node-rs/argon2'
import { generate } from 'otplib'
import { expect, it } from 'vitest'
import { setPassword } from '../../lib/panel/store/users.ts'
import { administrator, openPanel, type Panel } from './_harness.ts'

const signInWith = ({ call }: Panel, body: object) =>
  call('POST /api/session', { body: { ...administrator, ...body }, headers: { cookie: '' } })

/** As some keyboards write it: each letter and digit as wide as a Chinese one. */
const wide = (text: string) => text.replaceAll(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))

it('a password fits however a keyboard puts its letters together', async () => {
  const panel = await openPanel()
  await panel.signIn()
  const body = { currentPassword: administrator.password, password: 'zwölf große Bären' }
  expect((await panel.call('PATCH /api/account', { body })).status).toBe(204)
  for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD'])
    expect([form, (await signInWith(panel, { password: body.password.normalize(form) })).status]).toEqual([form, 200])
  expect((await signInWith(panel, { password: 'zwolf große Bären' })).body.code).toBe('wrong_credentials')
})

it('a password that an earlier release hashed as it came fits as it comes', async () => {
  const panel = await openPanel()
  await panel.signIn()
  const came = 'zwölf große Bären'.normalize('NFD')
  setPassword(panel.ctx.db, 'admin', await hash(came))
  expect((await signInWith(panel, { password: came })).status).toBe(200)
})

it('a user name fits with blanks around it, in capitals, and in wide letters', async () => {
  const panel = await openPanel()
  await panel.signIn()
  const made = await panel.call('POST /api/users', {
    body: { username: ' Ann\t', password: 'correct horse battery', role: 'user' },
  })
  expect([made.status, made.body.username]).toEqual([201, 'ann'])
  for (const username of ['ann', ' ann', 'ANN ', wide('ann'), '\u00a0ann'])
    expect([username, (await signInWith(panel, { username })).status]).toEqual([username, 200])
  expect((await signInWith(panel, { username: 'a nn' })).status).toBe(401)
})

it('wide digits are digits of a code', async () => {
  const panel = await openPanel()
  await panel.signIn()
  const { secret } = (await panel.call('POST /api/account/totp', { body: { password: administrator.password } })).body
  const code = wide(await generate({ secret }))
  expect(code).toMatch(/^[０-９]{6}$/)
  const confirmed = await panel.call('POST /api/account/totp/confirm', { body: { code } })
  expect(confirmed.status).toBe(200)
  const [recoveryCode] = confirmed.body.recoveryCodes as [string]
  expect((await signInWith(panel, { code: wide(recoveryCode) })).status).toBe(200)
})

it.each([
  ['username', 'A user name has at most 1,024 characters'],
  ['password', 'A password has at most 1,024 characters'],
  ['code', 'A code has at most 64 characters'],
])('a %s that is too long is refused in words', async (field, says) => {
  const { status, body } = await signInWith(await openPanel(), { [field]: 'x'.repeat(2_000) })
  expect([status, body.details]).toEqual([422, { issues: [{ path: field, message: says }] }])
})
