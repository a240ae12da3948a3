import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import { api, request, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { create, output, deleteSite } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { cacheOf, putCache, script } from './_cache.ts'

const domain = 'pages.test'
let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await create(panel, { domain, runtime: 'php', aliases: ['other.test'] })
  await script(
    machine,
    domain,
    'index.php',
    `if (file_exists('/var/www/${domain}/tmp/broken')) { http_response_code(500); exit('broken'); }
parse_str($_SERVER['QUERY_STRING'] ?? '', $q); $path = $_SERVER['REQUEST_URI'];
if (str_contains($path, 'set-cookie')) setcookie('visitor', '1');
if (str_contains($path, 'private')) header('Cache-Control: private');
if (str_contains($path, 'short')) header('Cache-Control: max-age=1');
if (str_contains($path, 'session')) session_start();
if (str_contains($path, 'vary')) header('Vary: Accept-Language');
if (str_contains($path, 'away')) { header('Location: /login', true, 302); exit; }
header('X-Cache: mine');
echo bin2hex(random_bytes(8)), ' ', $_SERVER['HTTP_ACCEPT_LANGUAGE'] ?? '', ' ';
echo $_SERVER['HTTP_HOST'], ' ', $_SERVER['REQUEST_METHOD'];`,
  )
  expect((await putCache(panel, domain, { page: { minutes: 10, bypassCookies: ['my.own'] } })).status).toBe(200)
})
afterAll(() => deleteSite(panel, domain))
beforeEach(() => showJournalOnFailure(machine))

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  site(machine, domain, path, { headers, method })
/** How each of some requests was answered. */
async function seen(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<(string | undefined)[]> {
  const states: (string | undefined)[] = []
  for (let time = 0; time < 3; time++)
    states.push((await get(path, headers, method)).headers['x-cache'] as string | undefined)
  return states
}

describe('pages of a PHP site', () => {
  it('are made once and given to everybody', async () => {
    expect(await seen('/kept/')).toEqual(['MISS', 'HIT', 'HIT'])
    const [first, second] = [await get('/kept/'), await get('/kept/')]
    expect(first.body).toBe(second.body)
    expect(first.headers['x-content-type-options']).toBe('nosniff')
  })

  it.each<[string, string, Record<string, string>]>([
    ['somebody who is signed in', '/a/', { cookie: 'x=1; wordpress_logged_in_abc=1' }],
    ['a session', '/a/', { cookie: 'PHPSESSID=1' }],
    ['a cart', '/a/', { cookie: 'woocommerce_items_in_cart=1' }],
    ['a cookie of the site’s own list', '/a/', { cookie: 'my.own_thing=1' }],
    ['Authorization', '/a/', { authorization: 'Basic eA==' }],
    ['a query', '/a/?x=1', {}],
    ['the administration', '/wp-admin/', {}],
    ['a feed', '/feed/', {}],
    ['REST', '/wp-json/wp/v2', {}],
    ['a shop’s checkout', '/checkout/', {}],
    ['an odd spelling', '/%63heckout/', {}],
    ['a range', '/a/', { range: 'bytes=0-3' }],
    ['a host in disguise', '/a/', { 'x-forwarded-host': 'evil.test' }],
    ['another scheme in disguise', '/a/', { 'x-forwarded-proto': 'https' }],
  ])('%s gets none and leaves none', async (_what, path, headers) => {
    expect(await seen(path, headers)).toEqual(['BYPASS', 'BYPASS', 'BYPASS'])
    const [one, two] = [await get(path, headers), await get(path, headers)]
    expect(one.body).not.toBe(two.body)
  })

  it('whatever a form sends reaches the site', async () =>
    expect((await site(machine, domain, '/form/', { method: 'POST', body: 'a=b' })).body).toMatch(/ POST$/))
  it('cookies that tell nobody apart do not matter', async () =>
    expect(await seen('/analytics/', { cookie: '_ga=1; wordpress_test_cookie=1' })).toEqual(['MISS', 'HIT', 'HIT']))

  it.each(['/set-cookie/', '/private/', '/session/', '/away/'])('%s is never kept', async (path) =>
    expect(await seen(path)).toEqual(['MISS', 'MISS', 'MISS']),
  )

  it('HEAD and GET are told apart', async () => {
    expect(await seen('/head/', {}, 'HEAD')).toEqual(['MISS', 'HIT', 'HIT'])
    const { body, headers } = await get('/head/')
    expect([headers['x-cache'], body.length > 10]).toEqual(['MISS', true])
  })

  it('what varies is kept apart, and goes together', async () => {
    const [de, en] = [{ 'accept-language': 'de' }, { 'accept-language': 'en' }]
    expect([...(await seen('/vary/', de)), ...(await seen('/vary/', en))]).toEqual([
      'MISS',
      'HIT',
      'HIT',
      'MISS',
      'HIT',
      'HIT',
    ])
    expect((await get('/vary/', en)).body).toContain(' en ')
    expect((await panel.post(`/sites/${domain}/cache/purge`, { address: '/vary/' })).body).toEqual({ pages: 2 })
    expect((await get('/vary/', en)).headers['x-cache']).toBe('MISS')
  })

  it('names are told apart, and a name of one’s choice reaches no page', async () => {
    await get('/name/')
    expect((await site(machine, 'other.test', '/name/')).body).toContain(' other.test ')
    const { body } = await request(`http://${machine.address}/poison/`, { headers: { host: `${domain}:8123` } })
    expect(body).toContain(` ${domain} `)
    expect((await panel.post(`/sites/${domain}/cache/purge`, { address: `https://other.test/name/?x` })).body).toEqual({
      pages: 2,
    })
  })

  it('one goes, or all', async () => {
    await panel.post(`/sites/${domain}/cache/purge`, {})
    for (const path of ['/p1/', '/p2/', '/b%c3%bccher/']) await get(path)
    expect((await cacheOf(panel, domain)).page).toMatchObject({
      minutes: 10,
      bypassCookies: ['my.own'],
      pages: 3,
      bytes: expect.any(Number),
      hits: expect.any(Number),
    })
    expect((await panel.post(`/sites/${domain}/cache/purge`, { address: '/p1' })).body).toEqual({ pages: 0 })
    expect((await panel.post(`/sites/${domain}/cache/purge`, { address: '/bücher/' })).body).toEqual({ pages: 1 })
    expect((await panel.post(`/sites/${domain}/cache/purge`, { address: '/p1/' })).body).toEqual({ pages: 1 })
    expect([(await get('/p1/')).headers['x-cache'], (await get('/p2/')).headers['x-cache']]).toEqual(['MISS', 'HIT'])
    expect((await panel.post(`/sites/${domain}/cache/purge`, {})).body).toEqual({ pages: 2 })
    expect((await get('/p2/')).headers['x-cache']).toBe('MISS')
  })

  it.each(['$(touch /tmp/pwned)', '/a\nb', '../../etc/passwd', 'https://evil.test/', ';}', '/a b'])(
    'the address %j is refused',
    async (address) => {
      expect((await panel.post(`/sites/${domain}/cache/purge`, { address })).body.code).toBe('invalid_input')
    },
  )
  it.each(['$(id)', 'a\nb', 'a;}', '../a', 'a"', 'a{'])('the cookie %j is refused', async (name) => {
    expect((await putCache(panel, domain, { page: { minutes: 10, bypassCookies: [name] } })).body.code).toBe(
      'invalid_input',
    )
  })

  it('an old one is given while PHP fails, and a new one once it is well', async () => {
    expect((await get('/short/')).headers['x-cache']).toBe('MISS')
    await sleep(2100)
    await output(machine, 'touch', `/var/www/${domain}/tmp/broken`)
    const stale = await get('/short/')
    await output(machine, 'rm', `/var/www/${domain}/tmp/broken`)
    expect([stale.status, stale.headers['x-cache']]).toEqual([200, 'STALE'])
    expect((await get('/short/')).headers['x-cache']).toBe('EXPIRED')
  })

  it('one that has become private is given to nobody any more', async () => {
    await script(
      machine,
      domain,
      'turn.php',
      `$private = file_exists('/var/www/${domain}/tmp/private'); header($private ? 'Cache-Control: no-store' : ` +
        `'Cache-Control: max-age=1'); echo $private ? 'secret' : 'public';`,
    )
    expect((await get('/turn.php')).body).toBe('public')
    await output(machine, 'touch', `/var/www/${domain}/tmp/private`)
    await sleep(2100)
    for (let time = 0; time < 3; time++) expect((await get('/turn.php')).body).toBe('secret')
  })

  it('the log tells how much was spared', async () => {
    const { hits, misses, others } = (await cacheOf(panel, domain)).page
    expect([hits > 5, misses > 5, others > 5]).toEqual([true, true, true])
    await output(machine, 'sh', '-c', `grep -c '' /var/log/nginx/${domain}.access.log`)
    expect(
      await output(
        machine,
        'sh',
        '-c',
        `fail2ban-regex /var/log/nginx/${domain}.access.log nginx-botsearch 2>&1 | grep -c 'Lines:'`,
      ),
    ).toBe('1')
  })

  it('Fail2ban reads the log as it does others', async () => {
    await get('/phpmyadmin/setup.xyz.gif')
    await site(machine, domain, '/roundcube/index.html.gif')
    const line = '192.0.2.9 - - [27/Nov/2026:10:00:00 +0000] "GET /phpmyadmin HTTP/1.1" 404 5 "-" "x"'
    const matched = (text: string) =>
      output(machine, 'sh', '-c', `fail2ban-regex '${text}' nginx-botsearch | grep -o '[0-9]* matched' | tail -1`)
    expect([await matched(line), await matched(`${line} MISS`)]).toEqual(['1 matched', '1 matched'])
  })

  it('are gone when the cache is off, with their directory, and nothing differs', async () => {
    expect((await panel.patch(`/sites/${domain}`, { enabled: false })).status).toBe(200)
    expect((await get('/kept/')).status).toBe(503)
    expect((await panel.patch(`/sites/${domain}`, { enabled: true })).status).toBe(200)
    expect((await panel.patch(`/sites/${domain}`, { isolation: 'shared' })).status).toBe(200)
    expect(await seen('/shared/')).toEqual(['MISS', 'HIT', 'HIT'])
    expect((await panel.get('/drift')).body.changes).toEqual([])
    expect((await putCache(panel, domain, {})).body.page).toBeNull()
    expect(await output(machine, 'ls', '/var/cache/hosting-panel/pages')).not.toContain(domain)
    expect((await get('/kept/')).headers['x-cache']).toBe('mine')
    expect((await panel.get('/drift')).body.changes).toEqual([])
  })
})
