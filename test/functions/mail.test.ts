import { beforeEach, expect, it } from 'vitest'
import { keepMail, merge } from '../../lib/agent/mail/mail.ts'
import { noMail, type Mail } from '../../lib/model/mail/schema.ts'
import { listAuditEntries } from '../../lib/panel/store/audit.ts'
import { withAgent, type FakeAgent } from './_agent.ts'
import { openPanel, type Panel } from './_harness.ts'
import { newUser, putSite } from './_users.ts'

const shown: Mail = { account: null, sender: null, perHour: 200, lastHour: 0, through: 'none', log: [] }
const account = { host: 'smtp.example.com', port: 587, security: 'starttls', username: 'shop', password: 'hunter2' }
let panel: Panel
let agent: FakeAgent
let anna: { cookie: string }
beforeEach(async () => {
  panel = await openPanel()
  agent = withAgent(panel.ctx, { 'mail.show': () => shown, 'mail.keep': () => shown })
  await panel.signIn()
  anna = await newUser(panel, 'anna')
  putSite(panel, 'shop.test', 'anna', { aliases: ['alias.test'] })
  putSite(panel, 'other.test', null)
})

const patch = (body: object, headers = {}, domain = 'shop.test') =>
  panel.call('PATCH /api/sites/{site}/mail', { path: `/api/sites/${domain}/mail`, body, headers })

it('an owner sets an account, and the password stands in no audit log', async () => {
  expect((await patch({ account, sender: 'a@alias.test' }, anna)).status).toBe(200)
  expect(agent.asked('mail.keep')).toMatchObject([{ domain: 'shop.test', domains: ['shop.test', 'alias.test'] }])
  const entries = JSON.stringify(listAuditEntries(panel.ctx.db, 50))
  expect(entries).toContain('perHour')
  expect(entries).not.toContain('hunter2')
  expect((await patch({ account }, anna, 'other.test')).status).toBe(404)
})

it('limits, and servers that are this one, are for administrators', async () => {
  for (const body of [
    { perHour: 5000 },
    { account: { ...account, host: 'localhost' } },
    { account: { ...account, port: 3306 } },
  ])
    expect([body, (await patch(body, anna)).body.code]).toEqual([body, 'field_not_allowed'])
  expect((await panel.call('PATCH /api/settings/mail', { body: {}, headers: anna })).status).toBe(403)
  expect((await panel.call('PATCH /api/settings/mail', { body: { account, perHour: 50 } })).status).toBe(200)
  expect(agent.asked('mail.keep')).toMatchObject([{ domain: null, domains: null, changes: { perHour: 50 } }])
})

it('what is no server, address or password is refused by its name', async () => {
  const bad: [object, string][] = [
    [{ account: { ...account, host: 'a b' } }, 'account.host'],
    [{ account: { ...account, host: '-x' } }, 'account.host'],
    [{ account: { ...account, port: 0 } }, 'account.port'],
    [{ account: { ...account, username: 'a\nb' } }, 'account.username'],
    [{ account: { ...account, password: 'a\0' } }, 'account.password'],
    [{ account: { ...account, security: 'none' } }, 'account.security'],
    [{ account: { ...account, ca: 'none' } }, 'account.ca'],
    [{ sender: 'x@y.test\r\nBcc: z@z.test' }, 'sender'],
    [{ perHour: 0 }, 'perHour'],
  ]
  for (const [body, path] of bad) {
    const answer = await patch(body)
    expect([path, answer.status, answer.body.details.issues[0].path]).toEqual([path, 422, path])
  }
  expect(agent.asked('mail.keep')).toEqual([])
})

it('a password is kept only for the server and the user that it was given for', () => {
  const given = { ...account, security: 'starttls' as const, ca: null }
  const { password: _, ...without } = given
  const kept = merge(noMail, { account: given }, false)
  expect(merge(kept, { account: { ...without, ca: null } }, false)).toEqual(kept)
  expect(merge(kept, { sender: 'a@b.test' }, false).account).toEqual(kept.account)
  expect(() => merge(kept, { account: { ...without, host: 'evil.test' } }, false)).toThrow('needs its password')
  expect(merge(kept, { account: { ...without, username: null } }, false).account?.password).toBeNull()
  expect(merge(kept, { account: null }, false).account).toBeNull()
})

it('a change that comes after its site was deleted keeps nothing', async () => {
  const late = keepMail({ domain: 'gone.test', changes: { sender: 'a@gone.test' }, domains: null })
  await expect(late).rejects.toMatchObject({ code: 'site_not_found' })
})
