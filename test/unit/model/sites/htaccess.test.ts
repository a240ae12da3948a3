import { describe, expect, it } from 'vitest'
import { readHtaccess } from '../../../../lib/model/sites/htaccess.ts'

const denied = (text: string, folder = '/data') => readHtaccess(folder, text).denied

it.each<[string, string, string[]]>([
  ['all of its folder', 'Require all denied', ['/data']],
  ['all of its folder, in the words of Apache 2.2', 'Order deny,allow\n  DENY  from  all', ['/data']],
  ['a file', '<Files "config.php">\nRequire all denied\n</Files>', ['/data/config.php']],
  ['a file without quotes', '<Files config.php>\n  Deny from all\n</Files>', ['/data/config.php']],
  ['names by a pattern', '<FilesMatch "\\.(log|sql)$">\nRequire all denied\n</FilesMatch>', ['/data/*.(log|sql)']],
  ['a name by a pattern', '<FilesMatch "^wp-config\\.php$">\nDeny from all\n</FilesMatch>', ['/data/wp-config.php']],
  ['a file, and then its folder', '<Files a>\nDeny from all\n</Files>\nDeny from all', ['/data/a', '/data']],
  ['a path by a rule', 'RewriteRule ^vendor/ - [F]', ['/data/vendor/']],
  ['paths by rules with other flags', 'RewriteRule ^a - [F,L]\nRewriteRule b - [NC,F]', ['/data/a', '/data/b']],
  ['names by a pattern in a section of files', '<Files ~ "\\.sql$">\nDeny from all\n</Files>', ['/data/*.sql']],
  ['a path by a rule with spaces between flags', 'RewriteRule ^a - [NC, Forbidden]', ['/data/a']],
  ['a path once', 'Require all denied\nDeny from all', ['/data']],
])('denies %s', (_, text, paths) => expect(denied(text)).toEqual(paths))

it.each([
  ['what it allows', 'Require all granted\nAllow from all'],
  ['what is a comment', '# Require all denied\n# RewriteRule ^a - [F]'],
  ['a rule that leads elsewhere', 'RewriteRule ^a /b [L,R=301]'],
  ['a rule whose flags only look alike', 'RewriteRule ^a - [OR,FX]'],
])('does not deny %s', (_, text) => expect(denied(text)).toEqual([]))

it('names paths of the site’s own folder from its start', () => {
  expect(denied('<Files a>\nDeny from all\n</Files>\nRequire all denied', '/')).toEqual(['/a', '/'])
})

it('says whether it asks for a password, and whether it rewrites', () => {
  const read = (text: string) => {
    const { password, rewrites } = readHtaccess('/', text)
    return { password, rewrites }
  }
  expect(read('AuthType Basic\nAuthName "x"\nRequire valid-user')).toEqual({ password: true, rewrites: false })
  expect(read('  authtype Basic')).toEqual({ password: true, rewrites: false })
  for (const line of ['RewriteRule . /index.php [L]', 'Redirect 301 /a /b', '\tRedirectMatch ^/a$ /b'])
    expect([line, read(line)]).toEqual([line, { password: false, rewrites: true }])
  expect(read('# AuthType Basic\n# RewriteRule a b\nRewriteEngine On')).toEqual({ password: false, rewrites: false })
})

it('cuts what is endless', () => {
  expect(denied(`RewriteRule ^${'x'.repeat(900)} - [F]`)).toEqual([`/data/${'x'.repeat(194)}`])
})

describe('a hostile .htaccess', () => {
  const SIZE = 64 * 1024

  it.each([
    ['spaces', ' '.repeat(SIZE)],
    ['spaces in a section', `<Files ${' '.repeat(SIZE)}`],
    ['spaces in a rule', `RewriteRule${' '.repeat(SIZE)}x${' '.repeat(SIZE)}- [`],
    ['quotes', '"'.repeat(SIZE)],
    ['quotes in a section', `<FilesMatch ${'" '.repeat(SIZE / 2)}`],
    ['brackets', `RewriteRule a - ${'['.repeat(SIZE)}`],
    ['sections', '<Files'.repeat(SIZE / 6)],
    ['lines of sections', '<Files " \n'.repeat(SIZE / 10)],
    ['lines of spaces', `${' '.repeat(999)}\n`.repeat(65)],
  ])('of %s is read at once', (_, text) => {
    const start = process.cpuUsage().user
    expect(readHtaccess('/', text).denied).toEqual([])
    // A second is what a cubic expression needs for a hundredth of this.
    expect(process.cpuUsage().user - start).toBeLessThan(1_000_000)
  })

  it('has lines of a thousand characters, and a hundred paths of two hundred', () => {
    expect(denied(`${' '.repeat(1_000)}Require all denied`)).toEqual([])
    const many = Array.from({ length: 500 }, (_, at) => `<Files "${at}${'x'.repeat(300)}">\nDeny from all`).join('\n')
    expect(denied(many)).toHaveLength(100)
    expect(denied(many)[99]).toBe(`/data/99${'x'.repeat(192)}`)
  })
})
