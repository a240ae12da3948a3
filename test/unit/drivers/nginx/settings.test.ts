import { describe, expect, it } from 'vitest'
import { renderVhost } from '../../../../lib/drivers/nginx/vhost.conf.ts'
import { siteSpec } from '../../../_site-spec.ts'
import { facts } from '../../_facts.ts'

const own = '$s_example_test_9b263fbc'
const hash = `$6$rounds=1000$salt$${'x'.repeat(86)}`

/** Every setting that a static site has. */
const all = siteSpec({
  documentRoot: 'project/public',
  fallback: '/app.html',
  cleanUrls: true,
  maintenance: true,
  maintenanceAllow: ['192.0.2.7', '2001:db8::/32'],
  errorPages: [{ status: 404, path: '/errors/$404.html' }],
  redirects: [
    { from: '/old "page"', match: 'exact', to: '/new#part', status: 301 },
    { from: '/index.php?id=5', match: 'exact', to: '/five', status: 302 },
    { from: '/gone', match: 'exact', to: null, status: 410 },
    { from: '/a/b', match: 'prefix', to: 'https://other.test/$x/', status: 308 },
    { from: '/', match: 'prefix', to: 'https://other.test', status: 301 },
    { from: '^/n/(\\d+)$', match: 'regex', to: '/m/$1$x', status: 307 },
  ],
  basicAuth: [
    { path: '/', realm: 'All', users: [{ name: 'ann', hash }] },
    { path: '/in/', realm: 'Inner', users: [{ name: 'bob', hash }] },
  ],
  headers: [
    { name: 'X-Test', value: 'a"b\\c$d;}', path: '/in' },
    { name: 'x-test', value: 'all' },
    { name: 'Cache-Control', value: 'no-store' },
  ],
  cors: {
    origins: ['https://a.test'],
    methods: ['GET', 'PUT'],
    headers: ['X-Token'],
    exposed: ['X-Count'],
    credentials: true,
    maxAge: 60,
  },
  deniedPresets: ['dokuwiki'],
  deniedPaths: ['/secret.html', '/*.sql'],
})

const maps = `geo ${own}_closed {
    default 1;
    192.0.2.7 0;
    2001:db8::/32 0;
}
map $hosting_panel_first2 ${own}_redirect_2 {
    default "301 https://other.test$hosting_panel_rest0$is_args$args";
    "/a/b" "308 https://other.test/\${hosting_panel_dollar}x$hosting_panel_rest2$is_args$args";
}
map $hosting_panel_sent_path ${own}_redirect_pattern {
    default ${own}_redirect_2;
    "~^/n/(\\\\d+)$" "307 /m/$1\${hosting_panel_dollar}x$is_args$args";
}
map $uri ${own}_redirect_path {
    default ${own}_redirect_pattern;
    "/old \\"page\\"" "301 /new$is_args$args#part";
    "/gone" 410;
}
map $uri$is_args$args ${own}_redirect {
    default ${own}_redirect_path;
    "/index.php?id=5" "302 /five";
}
map $hosting_panel_path ${own}_realm {
    default off;
    "~*^/in(?:\\\\.html?)?(?:/|$)" "Inner";
    "~*^(?:\\\\.html?)?(?:/|$)" "All";
}
map $hosting_panel_path ${own}_users {
    default "";
    "~*^/in(?:\\\\.html?)?(?:/|$)" /etc/nginx/hosting-panel-passwords/example.test.1d8c85c078a20eba;
    "~*^(?:\\\\.html?)?(?:/|$)" /etc/nginx/hosting-panel-passwords/example.test.8a5edab282632443;
}
map $uri ${own}_denied {
    volatile;
    default 1;
    "~(?s)^.{4096}" 1;
    "~*(?s)^(?:/(?:data|conf|bin|inc|vendor)|/(?:README|VERSION|COPYING|SECURITY\\\\.md)|\
/(?:composer|package)(?:-lock)?\\\\.(?:json|lock)|/secret|/[^/]*\\\\.sql)(?:\\\\.html?)?(?:/|$)" 1;
    ~^ 0;
}
map $hosting_panel_path ${own}_header0 {
    default "all";
    "~*^/in(?:\\\\.html?)?(?:/|$)" "a\\"b\\\\c\${hosting_panel_dollar}d;}";
}
map $http_origin ${own}_cors_origin {
    default "";
    "~^(?:https://a\\\\.test)$" $http_origin;
}
map "$http_access_control_request_method ${own}_cors_origin" ${own}_cors_asked {
    default "";
    "~^\\S+ \\S" 1;
}
map $request_method ${own}_cors_preflight {
    default "";
    OPTIONS ${own}_cors_asked;
}
map ${own}_cors_preflight ${own}_cors_methods {
    default "GET, PUT";
    "" "";
}
map ${own}_cors_preflight ${own}_cors_headers {
    default "X-Token";
    "" "";
}
map ${own}_cors_preflight ${own}_cors_age {
    default "60";
    "" "";
}
map ${own}_cors_origin ${own}_cors_credentials {
    default "true";
    "" "";
}
map ${own}_cors_origin ${own}_cors_exposed {
    default "X-Count";
    "" "";
}
`

const rules = `
    set $hosting_panel_first $hosting_panel_path;
    expires off;
    add_header X-Test ${own}_header0 always;
    add_header Cache-Control "no-store" always;
    add_header Access-Control-Allow-Origin ${own}_cors_origin always;
    add_header Access-Control-Allow-Methods ${own}_cors_methods always;
    add_header Access-Control-Allow-Headers ${own}_cors_headers always;
    add_header Access-Control-Max-Age ${own}_cors_age always;
    add_header Access-Control-Allow-Credentials ${own}_cors_credentials always;
    add_header Access-Control-Expose-Headers ${own}_cors_exposed always;
    add_header Vary Origin always;
    auth_basic ${own}_realm;
    auth_basic_user_file ${own}_users;
    add_header Retry-After $hosting_panel_retry_after always;
    if ($uri ~ ^/\\.(?:hosting-panel|well-known/acme-challenge)/) {
        break;
    }
    if (${own}_closed) {
        return 503;
    }
    if (${own}_cors_preflight) {
        return 204;
    }
    if (${own}_redirect ~ "^301 (.+)$") {
        return 301 $1;
    }
    if (${own}_redirect ~ "^302 (.+)$") {
        return 302 $1;
    }
    if (${own}_redirect ~ "^307 (.+)$") {
        return 307 $1;
    }
    if (${own}_redirect ~ "^308 (.+)$") {
        return 308 $1;
    }
    if (${own}_redirect = 410) {
        return 410;
    }
    if (${own}_denied) {
        return 404;
    }
    if ($request_uri ~ "^(/(?:[^/?][^?]*/)?)index\\.html?(\\?.*)?$") {
        return 301 $1$2;
    }
    if ($request_uri ~ "^(/[^/?][^?]*)\\.html?(\\?.*)?$") {
        return 301 $1$2;
    }
    index index.html index.htm;
    disable_symlinks if_not_owner from=/var/www/example.test/project;
    include snippets/hosting-panel-files.conf;
    location ~* \\.ph(?:p[0-9]?|tml|ar)(?:/|$) {
        return 404;
    }
    location / {
        try_files $uri $uri.html $uri/index.html "/app.html";
    }
`

describe('a vhost', () => {
  it('with every setting on', () => {
    const text = renderVhost(all, facts)
    expect(text.slice(text.indexOf('geo '), text.indexOf('server {'))).toBe(maps)
    expect(text).toContain(`    root /var/www/example.test/project/public;\n`)
    expect(text).toContain(`    error_page 503 /.hosting-panel/maintenance.html;
    error_page 404 "/errors/\${hosting_panel_dollar}404.html";
    include snippets/hosting-panel-site.conf;
`)
    expect(text.slice(text.indexOf('\n    set $hosting_panel_first'), text.indexOf('    location ~* \\.(?:css'))).toBe(
      rules,
    )
  })

  it('of a PHP site: whatever its front controller is called by', () => {
    const spec = siteSpec({
      runtime: 'php',
      phpVersion: '8.2',
      frontControllers: ['/blog'],
      deniedPaths: ['/x'],
      headers: [{ name: 'X-Frame-Options', value: 'DENY' }],
    })
    const text = renderVhost(spec, facts)
    expect(text).toContain(`    location "/blog/" {
        try_files $uri $uri/ "/blog/index.php$is_args$args";
    }
`)
    expect(text).toContain('"~*(?s)^(?:.*/index\\\\.php)?(?:/x)(?:\\\\.html?)?(?:/|$)" 1;')
    expect(text).toContain('    add_header X-Frame-Options "DENY" always;\n    fastcgi_hide_header X-Frame-Options;\n')
  })

  it('of a site that is off has none of them', () => {
    const text = renderVhost({ ...all, enabled: false }, facts)
    for (const word of ['map ', 'geo ', 'auth_basic', 'add_header', 'try_files']) expect(text).not.toContain(word)
  })
})
