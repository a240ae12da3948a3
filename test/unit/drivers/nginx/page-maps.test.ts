import { describe, expect, it } from 'vitest'
import { canonical, countAnswers, pathInHeader } from '../../../../lib/drivers/nginx/pages.ts'
import { renderPageMaps } from '../../../../lib/drivers/nginx/pages.conf.ts'
import { renderHttp } from '../../../../lib/drivers/nginx/server.conf.ts'
import { serverFacts } from '../../_facts.ts'

describe('what no page is kept for', () => {
  const maps = renderPageMaps()
  const pattern = (variable: string) =>
    new RegExp(
      [
        ...maps
          .slice(maps.indexOf(`${variable} {`))
          .split('\n}')[0]!
          .matchAll(/'~\*?(.+)' 1;/g),
      ]
        .map(([, regex]) => regex)
        .join('|'),
      'i',
    )

  it('is the same for all sites', () => expect(renderHttp(serverFacts)).toContain(maps))

  it('keeps no page where PCRE gives up', () => {
    for (const name of ['page_address', 'page_person'])
      expect(maps).toMatch(
        new RegExp(`\\$hosting_panel_${name} \\{\n    default 1;\n(?:    .* [01];\n)+    '~\\^' 0;\n\\}`),
      )
    expect(maps).toContain("default 1;\n    '' 0;\n    '~*(?:^|;)(?!\\s*_hj)[^=;]*(?:")
  })

  it.each([
    '/wp-admin/',
    '/wp-admin',
    '/blog/wp-admin/edit.php',
    '/wp-login.php',
    '/wp-cron.php',
    '/xmlrpc.php',
    '/feed/',
    '/a-post/feed',
    '/wp-json/wp/v2/users',
    '/sitemap.xml',
    '/post-sitemap1.xml',
    '/sitemap.xsl',
    '/cart/',
    '/checkout/order-received/1',
    '/my-account/',
    '/login',
    '/log-out',
    '/Sign-In',
    '//',
    '/a//b',
    '/a/../wp-admin',
    '/./a',
    '/..',
    '/%77p-admin/',
    '/a%2fb',
    '/a%2E%2E/b',
  ])('%s', (address) => expect(pattern('$hosting_panel_page_address').test(address)).toBe(true))
  it.each([
    '/',
    '/index.php',
    '/2026/11/a-post/',
    '/feedback',
    '/cartography/',
    '/accounting',
    '/b%C3%BCcher/',
    '/a%20b',
    '/wp-content/x',
    '/administration/',
    '/my..file',
  ])('not %s', (address) => {
    expect(pattern('$hosting_panel_page_address').test(address)).toBe(false)
  })

  it.each([
    'comment_author_1f=x',
    'wordpress_logged_in_1f=x',
    'wordpress_1fabc=x',
    'wordpress_sec_1f=x',
    'wp-postpass_1=x',
    'woocommerce_items_in_cart=1',
    'PHPSESSID=x',
    'a=1; PHPSESSID=x',
    'connect.sid=x',
    'sessionid=x',
    'laravel_session=x',
    '__Host-token=x',
    'XSRF-TOKEN=x',
    '_myapp_session=x',
    'jwt=x',
    'logged_in=yes',
    'a=b;PHPSESSID=x',
    'user_id=1',
  ])('the cookie %s', (cookie) => expect(pattern('$hosting_panel_page_person').test(cookie)).toBe(true))
  it.each([
    '',
    '_ga=GA1.1',
    '_gid=x; _fbp=1',
    'wordpress_test_cookie=1',
    '_pk_ses.1.abcd=1',
    '_hjSessionUser_1=x',
    'a=sessid',
    'consent=yes',
  ])('not the cookie %s', (cookie) => {
    expect(pattern('$hosting_panel_page_person').test(cookie)).toBe(false)
  })
})

describe('kept pages', () => {
  it('are counted by how requests were answered', () => {
    const line = (status: string, agent = 'curl "x"') =>
      `192.0.2.1 - - [27/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "${agent}" ${status}\n`
    const lines = ['HIT', 'STALE', 'MISS', 'EXPIRED', 'BYPASS', '-'].map((status) => line(status)).join('')
    expect(countAnswers(`1" 200 HIT\n${lines}${line('HIT', 'x" MISS')}nonsense`)).toEqual({
      hits: 3,
      misses: 2,
      others: 2,
    })
    expect(countAnswers('')).toEqual({ hits: 0, misses: 0, others: 0 })
  })

  it('say in their file what they are for', () => {
    expect(pathInHeader('\x05\0\0\0bytes\nKEY: httpsGETexample.test/b%c3%bccher/?\nHTTP/1.1 200 OK\n')).toBe('/bücher/')
    expect(pathInHeader('\nKEY: httpHEADexample.test/\nX')).toBe('/')
    expect(pathInHeader('no key\n')).toBeNull()
    expect(pathInHeader('\nKEY: httpGETexample.test/%zz\n')).toBe('/%zz')
    expect(canonical('/B%C3%BCcher/?a=1#b')).toBe('/Bücher/')
  })
})
