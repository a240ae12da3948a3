import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { appJob, provideNode, tinySite } from '../apps/_tiny.ts'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { deleteSite, output, writeFile } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { mailSites } from './_sites.ts'

let machine: Machine
let panel: Api
const { users, begin, end, starttls, set, phpMail, sendmail, taken } = mailSites(
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

describe('through the server’s account', () => {
  beforeAll(async () => {
    await set({ account: null, sender: null })
    expect((await panel.patch('/settings/mail', { account: { ...starttls(), username: 'server' } })).status).toBe(200)
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
    expect((await taken())[0]).toMatchObject({ from: 'noreply@app.test', user: 'server' })
    await deleteSite(panel, 'app.test')
  })

  it('counts recipients, and refuses more than the limit of an hour', async () => {
    const counted = async (): Promise<number> => (await panel.get('/sites/mail.test/mail')).body.lastHour
    const before = await counted()
    expect((await sendmail('To: a@b.test\n\nText')).code).toBe(0)
    const lastHour = await counted()
    expect([lastHour, await taken()]).toEqual([before + 1, [expect.objectContaining({ to: ['a@b.test'] })]])
    await set({ perHour: lastHour + 3 })
    expect((await sendmail('To: a@b.test, c@b.test\nBcc: d@b.test, e@b.test\n\nText')).stderr).toContain(
      `may send ${lastHour + 3} messages an hour`,
    )
    expect((await sendmail('To: a@b.test, c@b.test\nBcc: d@b.test\n\nText')).code).toBe(0)
    expect((await taken())[0]).toMatchObject({
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
    await taken()
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
    expect(await taken()).toHaveLength(6)
    await output(machine, 'systemctl', 'stop', 'holder')
  })
})

it('a deleted site leaves neither its account nor its log nor its count', async () => {
  await set({ account: starttls() }, 'other.test')
  await deleteSite(panel, 'other.test')
  const left = `find /etc/hosting-panel/mail /var/lib/hosting-panel-mail | grep -c ${users['other.test']} || true`
  await expect.poll(() => output(machine, 'sh', '-c', left)).toBe('0')
})
