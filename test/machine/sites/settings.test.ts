import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { create, deleteSite, output } from './_helpers.ts'
import { proof, proofPath, settingsOf, type Settings } from './_settings.ts'

const domain = 'settings.test'
const php = 'settings-php.test'
let machine: Machine
let panel: Api
let own: Settings
let other: Settings

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  for (const one of [domain, php]) await deleteSite(panel, one)
  await create(panel, { domain, runtime: 'static' })
  await create(panel, { domain: php, runtime: 'php' })
  own = settingsOf(machine, panel, domain)
  other = settingsOf(machine, panel, php)
  await own.put('public/index.html', 'home')
  await own.put('public/about.html', 'about')
  await proof(machine)
})
afterAll(async () => {
  for (const one of [domain, php]) await deleteSite(panel, one)
})
beforeEach(() => showJournalOnFailure(machine))

describe('a document root', () => {
  const refused = async (documentRoot: string) => {
    const { status, body } = await panel.patch(`/sites/${domain}`, { documentRoot })
    return [documentRoot, status, body.details?.issues?.[0].path]
  }
  const vhost = () => output(machine, 'cat', `/etc/nginx/sites-available/${domain}.conf`)
  /** A way that is refused, or gives away nothing of the other site. */
  async function expectKept(path: string): Promise<void> {
    const { status, body } = await own.get(path)
    expect([path, status >= 400, /SECRET|THEIRS/.test(body)]).toEqual([path, true, false])
  }

  /** Reads a file as nginx's user: what nginx could give away. */
  const asNginx = (path: string) =>
    output(machine, 'setpriv', '--reuid=www-data', '--regid=www-data', '--init-groups', 'cat', `${own.home}/${path}`)

  it('is made when its folder is new, and is the site’s own', async () => {
    const { user } = (await panel.get(`/sites/${domain}`)).body
    await own.patch({ documentRoot: 'project/public' })
    for (const path of ['project', 'project/public'])
      expect(await output(machine, 'stat', '-c', '%U:%G', `${own.home}/${path}`)).toBe(`${user}:${user}`)
    await own.run('echo SECRET > project/.env; echo project > project/public/index.html')
    expect(await own.seen('/')).toEqual([200, 'project'])
    expect(await asNginx('project/.env')).toBe('SECRET')
    for (const path of ['/../.env', '/.env', '/%2e%2e/.env', '//../.env']) await expectKept(path)
  })

  it('may be reached through links of the site’s own user, which the next deploy points elsewhere', async () => {
    await own.run('cd project; mkdir -p releases/1/web; echo one > releases/1/web/index.html; ln -s releases/1 current')
    await own.patch({ documentRoot: 'project/current/web' })
    expect(await own.seen('/')).toEqual([200, 'one'])
    await own.run(
      'cd project; mkdir -p releases/2/web; echo two > releases/2/web/index.html; ln -sfn releases/2 current',
    )
    expect(await own.seen('/')).toEqual([200, 'two'])
  })

  it('is refused where nothing could be served, or somebody else’s would be', async () => {
    const before = await vhost()
    await own.run(`cd project; echo > file; ln -s /var/www/${php}/public theirs; ln -s /etc etc; ln -s ../../${php} up`)
    const nowhere = ['project/nothing', 'project/file', 'project/theirs', 'project/etc', 'project/up/public']
    for (const path of [...nowhere, 'tmp', '../etc', 'project/../x'])
      expect(await refused(path)).toEqual([path, 422, 'documentRoot'])
    expect(await vhost()).toBe(before)
    expect(await own.seen('/')).toEqual([200, 'two'])
  })

  it('never gives away another site’s files, wherever its links lead later', async () => {
    await other.put('public/secret.txt', 'THEIRS')
    for (const script of [
      `mkdir away; ln -s /var/www/${php}/public away/web; ln -sfn away current`,
      `ln -sfn releases/2 current; ln -s /var/www/${php}/public/secret.txt releases/2/web/`,
    ]) {
      await own.run(`cd project; ${script}`)
      expect(await asNginx('project/current/web/secret.txt')).toBe('THEIRS')
      await expectKept('/secret.txt')
    }
    await own.patch({ documentRoot: 'public' })
    expect(await own.seen('/')).toEqual([200, 'home'])
  })
})

describe('a static site', () => {
  it('answers its page for addresses without a file, and misses assets', async () => {
    await own.patch({ fallback: '/index.html' })
    expect(await own.seen('/any/where?x=1')).toEqual([200, 'home'])
    for (const path of ['/app.js', '/a/b.png', '/missing.html', '/.env']) expect((await own.get(path)).status).toBe(404)
    await own.patch({ fallback: null })
    expect((await own.get('/any')).status).toBe(404)
  })

  it('has clean addresses', async () => {
    await own.patch({ cleanUrls: true })
    expect(await own.seen('/about')).toEqual([200, 'about'])
    expect(await own.led('/about.html?x=1')).toEqual([301, `http://${domain}/about?x=1`])
    expect(await own.led('/index.html')).toEqual([301, `http://${domain}/`])
    await own.patch({ cleanUrls: false })
  })

  it('has error pages of its own', async () => {
    await own.put('public/oh.html', 'oh no')
    await own.patch({ errorPages: [{ status: 404, path: '/oh.html' }] })
    expect(await own.seen('/missing')).toEqual([404, 'oh no'])
    await own.patch({ errorPages: [{ status: 404, path: '/not-there.html' }] })
    expect((await own.get('/missing')).status).toBe(404)
    await own.patch({ errorPages: [] })
  })

  it('has a page for what is gone, which is not gone too', async () => {
    await own.folder('public/old')
    await own.put('public/old/gone.html', 'gone for good')
    await own.redirect({ list: '/old/* - 410' })
    await own.patch({ errorPages: [{ status: 410, path: '/old/gone.html' }] })
    for (const path of ['/old', '/old/x/y']) expect(await own.seen(path)).toEqual([410, 'gone for good'])
    await own.patch({ errorPages: [] })
    expect((await own.get('/old')).status).toBe(410)
    await own.redirect({})
  })

  it('sends a busy file as it is now, and never one that became a way to another site’s', async () => {
    await other.put('public/theirs.txt', 'THEIRS')
    for (const text of ['short', 'a much longer text', '']) {
      await own.run(`printf %s '${text}' >public/busy.txt`)
      for (let count = 0; count < 60; count++) expect(await own.seen('/busy.txt')).toEqual([200, text])
    }
    await own.run(`ln -sfn /var/www/${php}/public/theirs.txt public/busy.txt`)
    expect((await own.get('/busy.txt')).status).toBe(403)
    await own.run('rm public/busy.txt')
    expect((await own.get('/busy.txt')).status).toBe(404)
    await own.put('public/busy.txt', 'new')
    expect(await own.seen('/busy.txt')).toEqual([200, 'new'])
  })
})

describe('redirects', () => {
  it('lead where they say, and nowhere else', async () => {
    await own.redirect({
      list: `/old /new
/b%C3%BCcher https://books.test/x#y 302
/tree/* /wood/*
/gone - 410
/index.php?id=5 /five 308
^/n/(\\d+)/(.*)$ /m/$2?id=$1 307`,
    })
    expect(await own.led('/old?a=b')).toEqual([301, `http://${domain}/new?a=b`])
    expect(await own.led('/b%c3%bccher')).toEqual([302, 'https://books.test/x#y'])
    expect(await own.led('/tree')).toEqual([301, `http://${domain}/wood`])
    expect(await own.led('/tree//evil.test/%0d%0aX-A:b')).toEqual([301, `http://${domain}/wood/evil.test/%0d%0aX-A:b`])
    expect(await own.led('/index.php?id=5')).toEqual([308, `http://${domain}/five`])
    expect(await own.led('/n/7/a%0d%0ab')).toEqual([307, `http://${domain}/m/a%0d%0ab?id=7`])
    expect((await own.get('/gone')).status).toBe(410)
    expect((await own.get('/about.html')).status).toBe(200)
  })

  it('may be ten thousand, and a site beside them does not change', async () => {
    const list = Array.from({ length: 10_000 }, (_, index) => `/old/page-number-${index} /new/${index}`).join('\n')
    await own.redirect({ list })
    expect(await own.led('/old/page-number-9999')).toEqual([301, `http://${domain}/new/9999`])
    expect((await other.get('/')).status).toBe(200)
    expect((await panel.get('/drift')).body.changes).toEqual([])
    await own.redirect({})
    expect((await own.get('/old/page-number-1')).status).toBe(404)
  })

  it('with whatever characters are only themselves', async () => {
    const odd = `/a"b;}{$uri \${x}'\`<>|&`
    await own.redirect({ redirects: [{ from: odd, to: '/x?$uri=;#$args' }] })
    expect(await own.led(encodeURI(odd))).toEqual([301, `http://${domain}/x?$uri=;#$args`])
    await own.redirect({})
  })

  it('of all there is leave authorities their proof', async () => {
    await own.redirect({ list: '/* https://new.test/*' })
    expect(await own.led('/a/b?c=d')).toEqual([301, 'https://new.test/a/b?c=d'])
    expect(await own.seen(proofPath)).toEqual([200, 'proof'])
    await own.redirect({})
  })
})

it('maintenance: a page that says so, but for who is let in', async () => {
  await own.patch({ maintenance: true })
  const { status, headers, body } = await own.get('/')
  expect([status, headers['retry-after'], body]).toEqual([503, '600', expect.stringContaining('being worked on')])
  expect((await own.get(proofPath)).status).toBe(200)
  await own.redirect({ list: '/* https://new.test/*' })
  expect(await own.seen('/old')).toEqual([503, expect.stringContaining('being worked on')])
  await own.redirect({})
  await own.patch({ maintenanceAllow: ['0.0.0.0/0', '::/0'] })
  expect(await own.seen('/')).toEqual([200, 'home'])
  await own.patch({ maintenance: false })
  expect((await own.get('/')).headers['retry-after']).toBeUndefined()
})
