import { connect, type OutgoingHttpHeaders } from 'node:http2'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { appJob, provideNode, tinySite } from '../apps/_tiny.ts'
import { script } from '../cache/_cache.ts'
import { handmade } from '../certificates/_authority.ts'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { create, deleteSite, output, writeFile } from './_helpers.ts'
import { settingsOf } from './_settings.ts'
import { endWide, serveWide, wideProgram } from './_wide.ts'

let machine: Machine
let panel: Api
const [php, node, proxy, files] = ['wide-php.test', 'wide-node.test', 'wide-proxy.test', 'wide-files.test']

/** Sets four cookies, as a sign-in does, of so many bytes together. */
const code = `
$bytes = (int) ($_GET['set'] ?? 0);
for ($i = 0; $bytes > 0 && $i < 4; $i++) header('Set-Cookie: c' . $i . '=' . str_repeat('x', intdiv($bytes, 4)), false);
if (isset($_FILES['file'])) echo $_FILES['file']['size'], ' ';
if (isset($_GET['deny'])) { http_response_code(403); exit('my own page'); }
echo json_encode(['cookie' => strlen($_SERVER['HTTP_COOKIE'] ?? ''), 'most' => ini_get('upload_max_filesize')]);
`

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await provideNode(panel)
  await create(panel, { domain: php, runtime: 'php' })
  await script(machine, php, 'index.php', code)
  await tinySite(machine, panel, node)
  await writeFile(machine, `/var/www/${node}/app/server.js`, wideProgram)
  expect(await appJob(panel, node, 'start')).toMatchObject({ state: 'done' })
  await serveWide(machine, '127.0.0.1', 3998)
  await create(panel, { domain: proxy, runtime: 'proxy', proxyTo: 'http://127.0.0.1:3998' })
  await create(panel, { domain: files, runtime: 'static' })
  for (const domain of [php, node, proxy]) {
    const put = await panel.send('PUT', `/sites/${domain}/certificate`, await handmade(machine, domain))
    expect([put.status, put.body.message]).toEqual([200, undefined])
    expect((await panel.patch(`/sites/${domain}`, { httpsRedirect: false })).status).toBe(200)
  }
}, 300_000)
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  await endWide(machine, 3998)
  for (const domain of [php, node, proxy, files]) await deleteSite(panel, domain)
})

/** A request of HTTP/2. */
const two = (domain: string, path: string, cookie: string, more: OutgoingHttpHeaders = {}) =>
  new Promise<{ status: number; cookies: number; body: string }>((resolve, reject) => {
    const session = connect(`https://${machine.address}`, { rejectUnauthorized: false, servername: domain })
    session.on('error', reject)
    const stream = session.request({ ':path': path, ':authority': domain, cookie, ...more })
    const answer = { status: 0, cookies: 0, body: '' }
    stream
      .setEncoding('utf8')
      .on('response', (headers) => {
        answer.status = headers[':status']!
        answer.cookies = headers['set-cookie']?.join('').length ?? 0
      })
      .on('data', (part: string) => (answer.body += part))
      .on('error', reject)
      .on('end', () => {
        session.close()
        resolve(answer)
      })
  })

describe.each([php, node, proxy])('%s', (domain) => {
  it('may set 32 KB of cookies', async () => {
    const { status, headers } = await site(machine, domain, '/?set=32000')
    expect([status, headers['set-cookie']?.join('').length]).toEqual([200, 32_012])
    expect(await two(domain, '/?set=32000', '')).toMatchObject({ status: 200, cookies: 32_012 })
  })

  it('is sent 60 KB of cookies', async () => {
    const cookie = `a=${'x'.repeat(59_998)}`
    const { status, body } = await site(machine, domain, '/', { headers: { cookie } })
    expect([status, (JSON.parse(body) as { cookie: number }).cookie]).toEqual([200, 60_000])
    const answer = await two(domain, '/', cookie)
    expect([answer.status, (JSON.parse(answer.body) as { cookie: number }).cookie]).toEqual([200, 60_000])
  })

  it('is not sent more than nginx takes', async () => {
    const { status } = await site(machine, domain, '/', { headers: { cookie: `a=${'x'.repeat(140_000)}` } })
    expect(status).toBe(400)
  })
})

it.each(['/?break', '/?set=200000'])('an app that answered is not asked again: %s', async (path) => {
  const asked = async () => Number((await site(machine, node, '/asked')).body)
  const before = await asked()
  expect((await site(machine, node, path)).status).toBe(502)
  expect((await asked()) - before).toBe(1)
})

describe('one limit of uploads', () => {
  const upload = (megabytes: number) => {
    const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    return site(machine, php, '/', {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: `${head}${'x'.repeat(megabytes * 1024 * 1024)}\r\n--b--\r\n`,
    })
  }

  it('moves nginx’s and PHP’s', async () => {
    expect((await upload(9)).body).toMatch(/^9437184 .*"most":"64M"/)
    expect((await panel.patch(`/sites/${php}`, { bodyLimitMb: 8 })).body.bodyLimitMb).toBe(8)
    expect((await upload(7)).body).toMatch(/^7340032 .*"most":"8M"/)
    const { status, body } = await upload(9)
    expect([status, body.includes('This is too large to send')]).toEqual([413, true])
  })

  it('has its former name in scripts', async () => {
    const answer = await panel.patch(`/sites/${php}`, { phpSettings: { uploadMaxMb: 10 } })
    expect([answer.status, answer.body.bodyLimitMb, answer.body.phpSettings.uploadMaxMb]).toEqual([200, 10, undefined])
    expect((await upload(9)).status).toBe(200)
  })
})

describe('a refusal', () => {
  it('of nginx has the panel’s page, whatever the site', async () => {
    await output(machine, 'mkdir', `/var/www/${files}/public/empty`)
    const { status, body } = await site(machine, files, '/empty/')
    expect([status, body.includes('This page is not open to you')]).toEqual([403, true])
    const large = { method: 'POST', headers: { 'content-length': '99999999' }, body: 'x' }
    for (const domain of [php, node, proxy, files]) {
      const answer = await site(machine, domain, '/', large)
      expect([domain, answer.status, answer.body.includes('This is too large')]).toEqual([domain, 413, true])
    }
  })

  it('of what is too large has the site’s page, over HTTP/2 too', async () => {
    await settingsOf(machine, panel, php).put('public/large.html', 'my page for large files')
    const errorPages = [{ status: 413, path: '/large.html' }]
    expect((await panel.patch(`/sites/${php}`, { errorPages })).status).toBe(200)
    const large = { method: 'POST', headers: { 'content-length': '99999999' }, body: 'x' }
    expect(await site(machine, php, '/', large)).toMatchObject({ status: 413, body: 'my page for large files' })
    const sent = { ':method': 'POST', 'content-length': '99999999' }
    expect(await two(php, '/', '', sent)).toMatchObject({ status: 413, body: 'my page for large files' })
    expect((await panel.patch(`/sites/${php}`, { errorPages: [] })).status).toBe(200)
  })

  it('of the site has the site’s own', async () =>
    expect(await site(machine, php, '/?deny')).toMatchObject({ status: 403, body: 'my own page' }))
})

it.each([
  ['a.mjs', 'text/javascript'],
  ['a.js', 'application/javascript'],
  ['a.webmanifest', 'application/manifest+json'],
  ['apple-app-site-association', 'application/json'],
  ['.well-known/apple-app-site-association', 'application/json'],
  ['a.avif', 'image/avif'],
  ['a.jxl', 'image/jxl'],
  ['a.wasm', 'application/wasm'],
  ['a.js.map', 'application/json'],
  ['a.woff2', 'font/woff2'],
  ['a.opus', 'audio/ogg'],
  ['a.gltf', 'model/gltf+json'],
  ['a.ics', 'text/calendar'],
])('%s is %s', async (name, type) => {
  const root = `/var/www/${files}/public`
  await output(machine, 'mkdir', '-p', `${root}/.well-known`)
  await writeFile(machine, `${root}/${name}`, 'x')
  await output(machine, 'chown', '-R', '--reference', root, `${root}/.well-known`, `${root}/${name}`)
  const { status, headers } = await site(machine, files, `/${name}`)
  expect([status, headers['content-type']]).toEqual([200, type])
  const kept = /^(?:image|font|audio|text\/javascript|application\/(?:javascript|wasm))/.test(type)
  expect(headers['cache-control'], 'and is kept by browsers').toBe(kept ? 'max-age=604800' : undefined)
})

it('nginx has nothing to warn of', async () => {
  const { stderr } = await machine.sh(['nginx', '-t'])
  expect(stderr.split('\n').filter((line) => line.includes('[warn]'))).toEqual([])
})
