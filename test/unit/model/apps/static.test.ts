import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { shareFolders, shut, unshareFolders, withoutAcl } from '../../../../lib/drivers/pm2/commands.ts'
import { appStaticFiles } from '../../../../lib/drivers/nginx/app-static.conf.ts'
import { newApp } from '../../../../lib/model/apps/schema.ts'
import { appStatic, isWithin, waysTo } from '../../../../lib/model/apps/static.ts'
import { siteSpec } from '../../../_site-spec.ts'

const taken = (path: string, directory: string) => v.safeParse(appStatic, [{ path, directory }]).success

describe('static files of an app', () => {
  it('are a path and a folder of the app', () => {
    expect(v.parse(appStatic, [{ path: '/static/', directory: 'staticfiles/' }])).toEqual([
      { path: '/static', directory: 'staticfiles' },
    ])
    expect([taken('/_next/static', '.next/static'), taken('/a/b-c.d', 'a@1/b_c')]).toEqual([true, true])
    expect(
      v.safeParse(
        appStatic,
        Array.from({ length: 2 }, () => ({ path: '/a', directory: 'b' })),
      ).success,
    ).toBe(false)
  })

  it.each([
    '/',
    'static',
    '//a',
    '/a//b',
    '/../a',
    '/a/..',
    '/a b',
    '/a;}',
    '/a\n',
    '/$uri',
    '/a{',
    '/.hosting-panel/x',
    '/.well-known',
    '/%2e%2e',
    '/a"',
  ])('are at no path like %j', (path) => expect(taken(path, 'a')).toBe(false))

  it.each([
    '',
    '/',
    '/etc',
    '..',
    'a/../b',
    './a',
    'a//b',
    '-x',
    '.git',
    '.git/x',
    'a b',
    'a;b',
    'a\n',
    '$(id)',
    'a/.',
  ])('come from no folder like %j', (directory) => expect(taken('/a', directory)).toBe(false))

  it('are sent by nginx, without links to what others own', () => {
    const app = { ...newApp('python', 20_001), static: [{ path: '/static', directory: 'out/files' }] }
    expect(appStaticFiles(siteSpec({ runtime: 'python', app }))).toBe(`    location ^~ /static/ {
        alias /var/www/example.test/app/out/files/;
        disable_symlinks on from=/var/www/example.test/app;
        expires $hosting_panel_expires;
        location ~ /\\.(?!well-known/) {
            return 404;
        }
    }
`)
    expect(appStaticFiles(siteSpec({}))).toBe('')
  })

  it('are all of the app that nginx’s user may read', () => {
    expect(waysTo('a/b/c')).toEqual(['.', 'a', 'a/b'])
    expect(shareFolders(['out/files', 'media'])).toEqual([
      ['setfacl', '-P', '-m', 'u:www-data:x,d:u:www-data:---', '--', '.', 'out'],
      ['setfacl', '-P', '-R', '-m', 'u:www-data:rX,d:u:www-data:rX', '--', 'out/files', 'media'],
    ])
    expect(shareFolders(['a/b'], [])).toEqual([
      ['setfacl', '-P', '-R', '-m', 'u:www-data:rX,d:u:www-data:rX', '--', 'a/b'],
    ])
    expect(['a', 'a/b', 'ab', '.'].map((path) => isWithin(path, ['a']))).toEqual([true, true, false, false])
    expect(shut(['./-x'])).toEqual(['setfacl', '-P', '-m', 'u:www-data:---', '--', './-x'])
    expect(withoutAcl('.')).toEqual(['setfacl', '-P', '-b', '--', '.'])
    expect(shareFolders([])).toEqual([])
    expect(unshareFolders(['a'])).toEqual([
      ['setfacl', '-P', '-R', '-x', 'u:www-data,d:u:www-data', '--', 'a'],
      ['setfacl', '-P', '-m', 'u:www-data:---', '--', 'a'],
    ])
  })
})
