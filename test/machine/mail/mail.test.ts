import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { appJob, provideNode, tinySite } from '../apps/_tiny.ts'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { create, deleteSite, output, writeFile } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { startRelay } from './_relay.ts'

const password = 'right "pass"'
let machine: Machine
let panel: Api
let relay: Awaited<ReturnType<typeof startRelay>>
const users: Record<string, string> = {}
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  relay = await startRelay(machine)
  await panel.patch('/settings/mail', { account: null, sender: null, perHour: null })
  for (const domain of ['mail.test', 'other.test']) {
    await deleteSite(panel, domain)
    await create(panel, { domain, runtime: 'php', phpVersion: '8.2' })
    users[domain] = (await panel.get(`/sites/${domain}`)).body.user
    const file = `/var/www/${domain}/public/m.php`
    await writeFile(
      machine,
      file,
      '<?php parse_str(file_get_contents("php://input"), $in); var_dump(mail(...$in["a"]));',
    )
    await output(machine, 'chown', '--reference', `/var/www/${domain}/public`, file)
  }
})
afterAll(async () => {
  await panel.patch('/settings/mail', { account: null, sender: null, perHour: null })
  for (const domain of ['mail.test', 'other.test']) await deleteSite(panel, domain)
  await relay.stop()
})
beforeEach(() => showJournalOnFailure(machine))

const starttls = () => ({
  host: 'localhost',
  port: 587,
  security: 'starttls',
  username: 'shop',
  password,
  ca: relay.ca,
})
const set = (body: object, domain = 'mail.test') => panel.patch(`/sites/${domain}/mail`, body)
const log = async (domain = 'mail.test') => (await panel.get(`/sites/${domain}/mail`)).body.log[0]

/** Calls PHP's mail() of a site. */
async function phpMail(args: string[], domain = 'mail.test'): Promise<boolean> {
  const body = new URLSearchParams(args.map((arg) => ['a[]', arg])).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return (await site(machine, domain, '/m.php', { method: 'POST', headers, body })).body.includes('bool(true)')
}

/** Calls sendmail as the user of a site, or another. */
const sendmail = (message: string, args: string[] = ['-t'], user = users['mail.test']!) =>
  machine.sh(['setpriv', `--reuid=${user}`, '--regid=65534', '--clear-groups', '/usr/sbin/sendmail', ...args], {
    input: message,
  })

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
      const [first, second] = await relay.taken()
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
    await relay.taken()
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
    const [foreign, own] = await relay.taken()
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
    const taken = await relay.taken()
    expect(taken.slice(0, 3).flatMap(({ to }) => to)).toEqual(['a@b.test', 'a@b.test', 'a@b.test'])
    expect(taken.map(({ from }) => from).filter((from) => !from.endsWith('@mail.test'))).toEqual([])
    expect(taken).toHaveLength(4)
  })

  it('a sender of a name that the site has lost is taken no more', async () => {
    const from = async () => {
      expect((await sendmail('To: a@b.test\n\nText', ['-t'], users['other.test'])).code).toBe(0)
      return (await relay.taken())[0]!.from
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
    expect((await relay.taken())[0]).toMatchObject({ from: 'noreply@other.test', user: 'server' })
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

  it('an app sends too', async () => {
    await provideNode(panel)
    await deleteSite(panel, 'app.test')
    await tinySite(machine, panel, 'app.test')
    const { user, root } = (await panel.get('/sites/app.test')).body
    await writeFile(
      machine,
      `${root}/server.js`,
      `const { createServer } = require('node:http')
      const { spawnSync } = require('node:child_process')
      const { status, stderr } = spawnSync('/usr/sbin/sendmail', ['-t'], { input: 'To: a@b.test\\n\\nText' })
      const { PORT, HOST } = process.env
      createServer((_, response) => response.end(status + ' ' + stderr)).listen(PORT, HOST)`,
    )
    await output(machine, 'chown', `${user}:${user}`, `${root}/server.js`)
    expect(await appJob(panel, 'app.test', 'start')).toMatchObject({ state: 'done' })
    expect((await site(machine, 'app.test', '/')).body).toBe('0 ')
    expect((await relay.taken())[0]).toMatchObject({ from: 'noreply@app.test', user: 'server' })
    await deleteSite(panel, 'app.test')
  })

  it('counts recipients, and refuses more than the limit of an hour', async () => {
    const counted = async (): Promise<number> => (await panel.get('/sites/mail.test/mail')).body.lastHour
    const before = await counted()
    expect((await sendmail('To: a@b.test\n\nText')).code).toBe(0)
    const lastHour = await counted()
    expect([lastHour, await relay.taken()]).toEqual([before + 1, [expect.objectContaining({ to: ['a@b.test'] })]])
    await set({ perHour: lastHour + 3 })
    expect((await sendmail('To: a@b.test, c@b.test\nBcc: d@b.test, e@b.test\n\nText')).stderr).toContain(
      `may send ${lastHour + 3} messages an hour`,
    )
    expect((await sendmail('To: a@b.test, c@b.test\nBcc: d@b.test\n\nText')).code).toBe(0)
    expect((await relay.taken())[0]).toMatchObject({
      to: ['a@b.test', 'c@b.test', 'd@b.test'],
      text: expect.not.stringContaining('d@b.test'),
    })
    expect(await phpMail(['a@b.test', 'x', 'y'])).toBe(false)
    expect((await panel.get('/sites/mail.test/mail')).body).toMatchObject({
      lastHour: lastHour + 3,
      perHour: lastHour + 3,
    })
    expect((await sendmail('To: a@b.test\n\nText', ['-t'], users['other.test'])).code).toBe(0)
    await set({ perHour: null })
  })

  it('a large message that is refused at once still learns why', async () => {
    const large = `To: a@b.test\n\n${'x'.repeat(8_000_000)}`
    for (let i = 0; i < 5; i++)
      expect(await sendmail(large, ['-t'], 'nobody')).toMatchObject({
        code: 77,
        stderr: expect.stringContaining('Only programs of sites'),
      })
    expect((await sendmail(large + large + large + large, ['-t'])).stderr).toContain('larger than 25 MB')
  })

  it('many at once all arrive, and connections that say nothing hold up no other site', async () => {
    await relay.taken()
    const hold = [
      'import socket, time',
      'held = [socket.socket(socket.AF_UNIX) for _ in range(60)]',
      'for one in held: one.connect("/run/hosting-panel/mail.sock")',
      'time.sleep(600)',
    ].join('\n')
    const holder = await output(
      machine,
      'systemd-run',
      '--collect',
      '--unit=holder',
      `--uid=${users['other.test']}`,
      'python3',
      '-c',
      hold,
    )
    expect(holder).toBe('')
    const refused = 'sends 8 messages at once already'
    await expect.poll(async () => (await sendmail('', ['-t'], users['other.test'])).stderr).toContain(refused)
    expect(await output(machine, 'pgrep', '-c', '-u', 'hosting-panel-mail')).toBe('9')
    const sent = await Promise.all(Array.from({ length: 6 }, (_, i) => sendmail(`To: n${i}@b.test\n\nText`)))
    expect(sent.map(({ code }) => code)).toEqual(sent.map(() => 0))
    expect(await relay.taken()).toHaveLength(6)
    await output(machine, 'systemctl', 'stop', 'holder')
  })
})

it('a deleted site leaves neither its account nor its log nor its count', async () => {
  await set({ account: starttls() }, 'other.test')
  await deleteSite(panel, 'other.test')
  const left = `find /etc/hosting-panel/mail /var/lib/hosting-panel-mail | grep -c ${users['other.test']} || true`
  await expect.poll(() => output(machine, 'sh', '-c', left)).toBe('0')
})
