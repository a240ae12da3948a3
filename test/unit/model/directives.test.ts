import { safeParse } from 'valibot'
import { describe, expect, it } from 'vitest'
import { refusedDirective, statements } from '../../../lib/model/directives/refused.ts'
import { directives } from '../../../lib/model/directives/schema.ts'

describe('own directives', () => {
  it('are read as nginx reads them', () => {
    const text = `# include x;
location ~ "a;{}#'" { deny all; }
rewrite ^/a#b$ /c last; "add_header" X 'a
b' always; if ($uri ~ ^/x\\{1\\}) { return 403; }
expires 1d`
    expect(statements(text)).toEqual([
      { name: 'location', line: 2 },
      { name: 'deny', line: 2 },
      { name: 'rewrite', line: 3 },
      { name: 'add_header', line: 3 },
      { name: 'if', line: 4 },
      { name: 'return', line: 4 },
      { name: 'expires', line: 5 },
    ])
  })

  it.each([
    '',
    'location = /a { return 204; }',
    'error_page 404 /404.html;\nexpires 30d;',
    'location /x/ { proxy_pass https://192.0.2.1; proxy_ssl_server_name on; proxy_ssl_verify off; }',
    'add_header X "include /etc/shadow;";',
    'auth_basic "x"; # access_log /x;',
    'location /a { proxy_pass http://${host}/$uri; return 200 a}b; }',
  ])('%j may be set', (text) => expect(refusedDirective(text)).toBeNull())

  it.each([
    'include /etc/shadow;',
    'expires 1d;\ninclude /etc/shadow;',
    '"include" /etc/shadow;',
    "'access_log' /etc/cron.d/x;",
    'location / {access_log /x;}',
    'location / { } error_log /x;',
    '#\ninclude\n/etc/shadow;',
    'a"b";include /x;',
    'ssl_certificate_key /etc/shadow;',
    'proxy_ssl_certificate_key /etc/shadow;',
    'client_body_temp_path /etc/x;',
    'proxy_store /x;',
    'perl x;',
    'content_by_lua_block { os.execute("id") }',
    'js_content x;',
    'load_module x;',
    'dav_methods PUT;',
    'inc\\lude /x;',
    '$x y;',
    'set $a ${b}; include /x;',
    'set $a b};include /x;',
    'a"b;include /x;"',
  ])('%j is refused', (text) => expect(refusedDirective(text)).toMatch(/^Line \d+: /))

  it('hold no control characters, and have an end', () => {
    for (const text of ['\0', 'a\rb', 'x'.repeat(65_537)]) expect(safeParse(directives, text).success).toBe(false)
    expect(safeParse(directives, '\texpires 1d;\n').success).toBe(true)
  })
})
