import { expect, it } from 'vitest'
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
  expect(denied(`RewriteRule ^${'x'.repeat(5_000)} - [F]`)).toEqual([`/data/${'x'.repeat(194)}`])
})
