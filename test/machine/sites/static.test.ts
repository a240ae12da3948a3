import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { create, output, deleteSite, writeFile } from './_helpers.ts'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
})
beforeEach(() => showJournalOnFailure(machine))

describe('a static site', () => {
  const root = '/var/www/static.test/public'
  beforeAll(() =>
    create(panel, { domain: 'STATIC.test', runtime: 'static', aliases: ['other.test'], redirectWww: true }),
  )
  afterAll(() => deleteSite(panel, 'static.test'))

  it('answers with a placeholder, under its alias too', async () => {
    for (const name of ['static.test', 'other.test']) {
      const { status, body } = await site(machine, name)
      expect([status, body]).toEqual([200, expect.stringContaining('static.test is ready')])
    }
  })

  it('redirects the www form', async () => {
    const { status, headers } = await site(machine, 'www.static.test', '/a?b=c')
    expect([status, headers.location]).toEqual([301, 'http://static.test/a?b=c'])
  })

  it('compresses text and lets browsers keep assets', async () => {
    await writeFile(machine, `${root}/style.css`, 'p { color: red }\n'.repeat(200))
    await output(machine, 'chown', '-R', '--reference', root, root)
    const { headers } = await site(machine, 'static.test', '/style.css', { headers: { 'accept-encoding': 'gzip' } })
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', 'cache-control': 'max-age=604800' })
  })

  it('gives away no dotfile and no listing, and has a page for what is missing', async () => {
    await output(machine, 'mkdir', '-p', `${root}/.git`, `${root}/empty`)
    await writeFile(machine, `${root}/.git/config`, 'secret')
    await writeFile(machine, `${root}/.env`, 'secret')
    for (const path of ['/.git/config', '/.env', '/%2egit/config', '/nothing']) {
      const { status, body } = await site(machine, 'static.test', path)
      expect([path, status, body.includes('secret')]).toEqual([path, 404, false])
      expect(body).toContain('<html')
    }
    expect((await site(machine, 'static.test', '/empty/')).body).not.toContain('Index of')
  })

  it('follows no link out of the site', async () => {
    await output(machine, 'ln', '-s', '/etc/passwd', `${root}/passwd.txt`)
    await output(machine, 'chown', '-h', '--reference', root, `${root}/passwd.txt`)
    const { status, body } = await site(machine, 'static.test', '/passwd.txt')
    expect([status, body.includes('root:')]).toEqual([403, false])
  })
})
