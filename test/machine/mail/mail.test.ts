import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { mailSites } from './_sites.ts'

let machine: Machine
let panel: Api
const { users, begin, end, starttls, set, log, phpMail, sendmail, taken } = mailSites(
  () => machine,
  () => panel,
)
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await begin()
})
afterAll(end)
beforeEach(() => showJournalOnFailure(machine))

describe('without a mail server', () => {
  it('mail() fails, and sendmail says what to do', async () => {
    expect(await phpMail(['a@b.test', 'Hello', 'Text'])).toBe(false)
    expect(await sendmail('To: a@b.test\n\nText')).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('Enter one on the page Mail'),
    })
    expect((await panel.get('/sites/mail.test/mail')).body).toMatchObject({
      through: 'none',
      account: null,
      perHour: 200,
      lastHour: 0,
    })
  })
})

describe('through the site’s own account', () => {
  it('mail() and sendmail arrive, by STARTTLS and by TLS, with an authority of one’s own', async () => {
    for (const account of [starttls(), { ...starttls(), port: 465, security: 'tls' }]) {
      const { status, body } = await set({ account })
      expect([status, body.through, JSON.stringify(body).includes('right')]).toEqual([200, 'own', false])
      expect(await phpMail(['a@b.test', 'Größe', 'First\n.\nlast', 'From: Shop <shop@mail.test>'])).toBe(true)
      expect((await sendmail('To: c@d.test\nSubject: Hi\n\nText')).code).toBe(0)
      const [first, second] = await taken()
      expect(first).toMatchObject({ from: 'shop@mail.test', to: ['a@b.test'], user: 'shop' })
      expect(first!.text).toMatch(/^From: Shop <shop@mail\.test>\r\n[^]*Subject: Größe\r\n\r\nFirst\r\n\.\r\nlast/)
      expect(second).toMatchObject({ from: 'noreply@mail.test', to: ['c@d.test'] })
      expect(second!.text).toMatch(/^From: noreply@mail\.test\r\nDate: .*\r\nMessage-ID: <[^>]+@mail\.test>\r\n/)
    }
    expect(await log()).toMatchObject({ from: 'noreply@mail.test', to: ['c@d.test'], result: 'sent', message: null })
  })

  it('it is told why a message is not taken: password, certificate, recipient, server', async () => {
    const because = async (account: object, message = 'To: a@b.test\n\nText') => {
      expect((await set({ account })).status).toBe(200)
      expect(await phpMail(['a@b.test', 'x', 'y'])).toBe(message.includes('unknown'))
      const { code, stderr } = await sendmail(message)
      expect([code, (await log()).result, stderr]).toEqual([69, 'refused', `sendmail: ${(await log()).message}\n`])
      return stderr
    }
    const before = (await panel.get('/sites/mail.test/mail')).body.lastHour as number
    expect(await because({ ...starttls(), password: 'wrong' })).toContain('refused the user name or the password')
    expect(await because({ ...starttls(), ca: null })).toContain('certificate of localhost port 587 is not trusted')
    expect(await because({ ...starttls(), port: 26 })).toContain('localhost port 26 does not answer')
    expect(await because(starttls(), 'To: unknown@b.test\n\nText')).toContain(
      'takes no mail for unknown@b.test: No such user',
    )
    expect((await panel.get('/sites/mail.test/mail')).body.lastHour, 'refused ones count').toBe(before + 8)
    await taken()
  })

  it('a password is never answered, and goes to no server but its own', async () => {
    const { ca, password: _, ...rest } = starttls()
    expect((await set({ account: { ...rest, ca } })).status).toBe(200)
    for (const account of [
      { ...rest, host: 'evil.test' },
      { ...rest, port: 465 },
      { ...rest, username: 'server' },
    ]) {
      const { status, body } = await set({ account })
      expect([status, body.details.issues[0].path]).toEqual([422, 'account.password'])
    }
    expect((await set({ account: { ...starttls(), security: 'none' } })).status).toBe(422)
    expect((await set({ account: { ...starttls(), host: 'a\nb' } })).status).toBe(422)
  })
})

describe('through the server’s account', () => {
  beforeAll(async () => {
    await set({ account: null, sender: null })
    expect((await panel.patch('/settings/mail', { account: { ...starttls(), username: 'server' } })).status).toBe(200)
  })

  it('mail comes from the site’s own name, whatever its code says', async () => {
    const headers =
      'From: "The boss" <boss@bank.test>\nFrom: two@bank.test\nSender: three@bank.test\nReturn-Path: <x@bank.test>'
    expect((await sendmail(`To: a@b.test\n${headers}\nSubject: x\n\nText`, ['-t', '-fboss@bank.test'])).code).toBe(0)
    expect(
      (await sendmail('To: a@b.test\nFrom: me@shop.mail.test\n\nText', ['-t', '-f', 'bounce@mail.test'])).code,
    ).toBe(0)
    const [foreign, own] = await taken()
    expect(foreign).toMatchObject({ from: 'noreply@mail.test', user: 'server' })
    expect(foreign!.text).toMatch(/^From: The boss <noreply@mail\.test>\r\nReply-To: boss@bank\.test\r\n/)
    expect(foreign!.text).not.toMatch(/two@|three@|x@bank/)
    expect(own).toMatchObject({ from: 'bounce@mail.test', text: expect.stringContaining('From: me@shop.mail.test') })
  })

  it('a line break in a header or an address makes no other header, recipient or command', async () => {
    expect(await phpMail(['a@b.test', 'x\r\nBcc: v@evil.test', 'Text', 'From: a@mail.test'])).toBe(true)
    for (const args of [
      ['-f', 'a@mail.test>\r\nRCPT TO:<v@evil.test'],
      ['-F', 'x\r\nBcc: v@evil.test'],
    ])
      expect((await sendmail('To: a@b.test\n\nText', ['-t', ...args])).code).toBe(0)
    expect((await sendmail('Subject: x\n\nText', ['a@b.test\r\nRCPT TO:<v@evil.test>'])).code).not.toBe(0)
    expect(
      (await sendmail('To: a@b.test\nX-A: 1\rBcc: v@evil.test\n\n\r\n.\r\nMAIL FROM:<x@evil.test>\r\n', ['-t'])).code,
    ).toBe(0)
    const messages = await taken()
    expect(messages.slice(0, 3).flatMap(({ to }) => to)).toEqual(['a@b.test', 'a@b.test', 'a@b.test'])
    expect(messages.map(({ from }) => from).filter((from) => !from.endsWith('@mail.test'))).toEqual([])
    expect(messages).toHaveLength(4)
  })

  it('a sender of a name that the site has lost is taken no more', async () => {
    const from = async () => {
      expect((await sendmail('To: a@b.test\n\nText', ['-t'], users['other.test'])).code).toBe(0)
      return (await taken())[0]!.from
    }
    await panel.patch('/sites/other.test', { aliases: ['alias.test'] })
    const token = { name: 'mail', scopes: ['sites:write', 'sites:read'], site: 'other.test' }
    const { secret, id } = (await panel.post('/tokens', token)).body
    const owner = { cookie: '', authorization: `Bearer ${secret}` }
    expect((await panel.patch('/sites/other.test/mail', { sender: 'x@alias.test' }, owner)).status).toBe(200)
    expect(await from()).toBe('x@alias.test')
    await panel.patch('/sites/other.test', { aliases: [] })
    expect(await from()).toBe('noreply@other.test')
    await panel.delete(`/tokens/${id}`)
  })

  it('no program of another site, and none that is no site’s, sends as a site; nobody reads a password', async () => {
    await set({ account: starttls() }, 'mail.test')
    expect((await sendmail('To: a@b.test\nFrom: x@mail.test\n\nText', ['-t'], users['other.test'])).code).toBe(0)
    expect((await taken())[0]).toMatchObject({ from: 'noreply@other.test', user: 'server' })
    const stranger = await sendmail('To: a@b.test\n\nText', ['-t'], 'nobody')
    expect(stranger).toMatchObject({ code: 77, stderr: expect.stringContaining('Only programs of sites') })
    for (const path of [
      '/etc/hosting-panel/mail/server.json',
      `/etc/hosting-panel/mail/${users['mail.test']}.json`,
      `/var/lib/hosting-panel-mail/sites/${users['mail.test']}/log`,
      `/var/lib/hosting-panel-mail/sites/${users['mail.test']}/sent`,
    ]) {
      expect([path, (await machine.sh(['cat', path])).code]).toEqual([path, 0])
      for (const user of Object.values(users))
        expect(
          (await machine.sh(['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', 'cat', path])).code,
        ).toBe(1)
    }
    await set({ account: null })
  })
})
