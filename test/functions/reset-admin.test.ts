import { expect, it } from 'vitest'
import { newSetupToken } from '../../lib/panel/auth/setup.ts'
import { listAuditEntries } from '../../lib/panel/store/audit.ts'
import { addPasskey, listPasskeys } from '../../lib/panel/store/passkeys.ts'
import { countRecoveryCodes, replaceRecoveryCodes } from '../../lib/panel/store/recovery-codes.ts'
import { findUser, setTotpSecret } from '../../lib/panel/store/users.ts'
import { removeToken } from '../../lib/panel/store/tokens.ts'
import { verifyAudit } from '../../lib/panel/audit/audit.ts'
import { listTokens, rootToken } from '../../lib/panel/tokens/tokens.ts'
import { readToken } from '../../lib/panel/auth/bearer.ts'
import { resetAdministrator } from '../../lib/panel/users/reset-admin.ts'
import { createUser } from '../../lib/panel/users/users.ts'
import { administrator, openPanel } from './_harness.ts'

it('lets an administrator in who has lost everything and was shut out', async () => {
  const { ctx, call, signIn } = await openPanel()
  await signIn()
  setTotpSecret(ctx.db, 'admin', 'JBSWY3DPEHPK3PXP', 1)
  replaceRecoveryCodes(ctx.db, 'admin', ['a', 'b'])
  addPasskey(ctx.db, {
    id: 'x',
    username: 'admin',
    name: 'phone',
    publicKey: new Uint8Array(),
    counter: 0,
    transports: [],
    createdAt: '2026-01-01',
  })
  for (let tries = 0; tries < 7; tries++)
    await call('POST /api/session', { body: { username: 'admin', password: 'wrong', code: '1' } })
  expect((await call('POST /api/session', { body: administrator })).status).toBe(429)

  const { username, password, created, tokens } = await resetAdministrator(ctx, undefined)
  expect([username, created, tokens]).toEqual(['admin', false, 0])
  expect(password).toMatch(/^(?:[2-9a-km-np-z]{5}-){3}[2-9a-km-np-z]{5}$/)
  expect((await call('GET /api/session')).status).toBe(401)
  expect([
    findUser(ctx.db, 'admin')!.totpSecret,
    countRecoveryCodes(ctx.db, 'admin'),
    listPasskeys(ctx.db, 'admin'),
  ]).toEqual([null, 0, []])
  expect((await call('POST /api/session', { body: administrator })).body.code).toBe('wrong_credentials')
  expect((await call('POST /api/session', { body: { username, password } })).status).toBe(200)
  const entry = listAuditEntries(ctx.db, 10).find(({ action }) => action === 'user.reset')
  expect(entry).toMatchObject({ actor: '(root)', address: 'local', object: 'admin', ok: true })
  expect(JSON.stringify(listAuditEntries(ctx.db, 100))).not.toContain(password)
  expect(verifyAudit(ctx)).toEqual({ intact: true, broken: null })
  expect((await resetAdministrator(ctx, 'ADMIN')).password).not.toBe(password)
})

it('makes an administrator where there is none, and the setup token opens nothing then', async () => {
  const { ctx, call } = await openPanel()
  const token = await newSetupToken(ctx)
  const { username, password, created } = await resetAdministrator(ctx, 'Boss')
  expect([username, created]).toEqual(['boss', true])
  expect((await call('POST /api/session', { body: { username, password } })).body).toMatchObject({
    username: 'boss',
    role: 'admin',
  })
  expect((await call('POST /api/setup', { body: { token, ...administrator } })).status).toBe(409)
})

it('asks which of several, and touches nobody else', async () => {
  const { ctx, call, signIn } = await openPanel()
  await signIn()
  const limits = {}
  await createUser(ctx, { username: 'second', password: 'another long one', role: 'admin', limits })
  await createUser(ctx, { username: 'anna', password: 'another long one', role: 'user', limits })
  await expect(resetAdministrator(ctx, undefined)).rejects.toMatchObject({
    code: 'several_administrators',
    message: 'Name one of them with --username: admin, second',
  })
  await expect(resetAdministrator(ctx, 'anna')).rejects.toMatchObject({ code: 'user_not_found' })
  const before = findUser(ctx.db, 'anna')
  await resetAdministrator(ctx, 'second')
  expect(findUser(ctx.db, 'anna')).toEqual(before)
  expect((await call('GET /api/session')).status).toBe(200)
})

it('keeps root’s token while it works and may do everything', async () => {
  const { ctx, call } = await openPanel()
  const secret = rootToken(ctx, '')
  expect(secret).toMatch(/^hp_/)
  expect(rootToken(ctx, secret)).toBe(secret)
  const { id } = readToken(ctx, secret, new Date())!
  ctx.db.sqlite.prepare('UPDATE tokens SET scopes = ? WHERE id = ?').run('["sites:read"]', id)
  const second = rootToken(ctx, secret)
  expect(second).not.toBe(secret)
  expect((await call('GET /api/sites', { headers: { authorization: `Bearer ${secret}` } })).status).toBe(401)
  expect((await call('GET /api/sites', { headers: { authorization: `Bearer ${second}` } })).status).toBe(200)
  removeToken(ctx.db, readToken(ctx, second, new Date())!.id)
  expect(rootToken(ctx, second)).not.toBe(second)
  expect(rootToken(ctx, 'hp_guessed')).not.toBe('hp_guessed')
  expect(listTokens(ctx, { role: 'admin' } as never)).toHaveLength(1)
})
