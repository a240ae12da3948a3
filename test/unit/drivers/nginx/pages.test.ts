import { describe, expect, it } from 'vitest'
import { newApp } from '../../../../lib/model/apps/schema.ts'
import { pathInHeader } from '../../../../lib/drivers/nginx/pages.ts'
import { renderVhost } from '../../../../lib/drivers/nginx/vhost.conf.ts'
import { siteSpec } from '../../../_site-spec.ts'
import { facts } from '../../_facts.ts'

const page = { minutes: 10, bypassCookies: ['my.cart', 'seen-it'], byDevice: false }
const cache = { redis: null, page, scripts: true }
const user = 's-example-test-9b263fbc'
const top = (module: string) => `# Written by the hosting panel, which puts changes here back.
# Your own directives for this site go into /etc/nginx/hosting-panel/example.test/*.conf
${module}_cache_path /var/cache/hosting-panel/pages/example.test levels=1:2 keys_zone=${user}:1m \
max_size=256m inactive=1440m use_temp_path=off;
`
const server = (root: string, module: 'fastcgi' | 'proxy', cookies = true) => `server {
    listen 80;
    listen [::]:80;
    server_name example.test;
    root ${root};
    access_log /var/log/nginx/example.test.access.log hosting_panel_pages;
    error_log /var/log/nginx/example.test.error.log;
    include /etc/nginx/hosting-panel/example.test/*.conf;
    client_max_body_size 64m;
    include snippets/hosting-panel-site.conf;
    set $hosting_panel_cached '';
    add_header X-Cache $hosting_panel_cached$upstream_cache_status always;
    ${module}_hide_header X-Cache;
    set $hosting_panel_skip $hosting_panel_page_skip;
${
  cookies
    ? `    if ($http_cookie ~ "(?:^|;\\s*)(?:my\\.cart|seen-it)") {
        set $hosting_panel_skip 1;
    }
`
    : ''
}`
const to418 = `    error_page 418 = @direct;
    recursive_error_pages on;
`
const bypass = `        if ($hosting_panel_skip) {
            return 418;
        }
`
const kept = (module: string, stale: string) => `        ${module}_cache ${user};
        ${module}_cache_key $hosting_panel_scheme$request_method$host$request_uri;
        ${module}_cache_valid 200 301 10m;
        ${module}_cache_valid 404 1m;
        ${module}_cache_use_stale ${stale};
        ${module}_cache_background_update on;
        ${module}_cache_lock on;
`
const end = `
}
`

describe('a vhost that keeps pages', () => {
  it('of a PHP site', () => {
    const script = `        fastcgi_split_path_info (?s)^(.+?\\.php)(/.*)$;
        set $path_info $fastcgi_path_info;
        disable_symlinks off;
        try_files $fastcgi_script_name =404;
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        fastcgi_param DOCUMENT_ROOT $document_root;
        fastcgi_param PATH_INFO $path_info;
        fastcgi_param HTTP_PROXY "";
        fastcgi_read_timeout 65s;
        fastcgi_pass unix:/run/hosting-panel/php/${user}.sock;
`
    expect(renderVhost(siteSpec({ runtime: 'php', phpVersion: '8.2', cache }), facts))
      .toBe(`${top('fastcgi')}${server('/var/www/example.test/public', 'fastcgi')}${to418}
    index index.php index.html index.htm;
    disable_symlinks if_not_owner from=/var/www/example.test/public;
    include snippets/hosting-panel-files.conf;
    location / {
        try_files $uri $uri/ /index.php$is_args$args;
    }
    location ~ ^/(?:\\.well-known/)?apple-app-site-association$ {
        types {}
        default_type application/json;
        try_files $uri /index.php$is_args$args;
    }
    location ~ [^/]\\.php(/|$) {
${bypass}${script}${kept('fastcgi', 'error timeout invalid_header http_500 http_503')}\
        fastcgi_param HTTP_ACCEPT_ENCODING "";
        fastcgi_param HTTP_HOST $host;
    }
    location @direct {
        set $hosting_panel_cached BYPASS;
${script}    }
${end}`)
  })

  it('of a proxy, without cookies of its own', () => {
    const body = `        proxy_pass http://192.0.2.1:81;
        proxy_set_header Host $host;
        proxy_http_version 1.1;
        proxy_ssl_server_name on;
        proxy_connect_timeout 10s;
        proxy_read_timeout 3600s;
        proxy_send_timeout 3600s;
        proxy_next_upstream error;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $hosting_panel_connection;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Host $host;
        proxy_set_header X-Forwarded-Proto $hosting_panel_scheme;
        proxy_set_header Proxy "";
`
    const spec = siteSpec({
      runtime: 'proxy',
      proxyTo: 'http://192.0.2.1:81',
      cache: { redis: null, page: { minutes: 10, bypassCookies: [], byDevice: false }, scripts: true },
    })
    expect(renderVhost(spec, facts))
      .toBe(`${top('proxy')}${server('/var/www/example.test/public', 'proxy', false)}${to418}
    location / {
${bypass}${body}${kept('proxy', 'error timeout invalid_header http_500 http_502 http_503 http_504')}\
        proxy_cache_convert_head off;
        proxy_set_header Accept-Encoding "";
    }
    location @direct {
        set $hosting_panel_cached BYPASS;
${body}        proxy_buffering off;
    }
${end}`)
  })

  it('of an app: one that sleeps is woken, and streams are for who is given no page', () => {
    const text = renderVhost(siteSpec({ runtime: 'node', app: newApp('node', 20_007), cache }), facts)
    const body = `        include snippets/hosting-panel-app.conf;
        error_page 502 = @wake;
        error_page 504 /.hosting-panel/502.html;
        error_page 413 /.hosting-panel/413.html;
        error_page 403 /.hosting-panel/403.html;
        proxy_pass http://${user};
`
    expect(text.slice(text.indexOf('server {\n    listen'), text.indexOf('    location @app')))
      .toBe(`${server('/usr/share/hosting-panel/current/pages', 'proxy')}
    recursive_error_pages on;
    location / {
${bypass}${body}        error_page 418 = @direct;
${kept('proxy', 'timeout invalid_header http_500 http_502 http_503 http_504')}        proxy_cache_convert_head off;
        proxy_set_header Accept-Encoding "";
    }
    location @direct {
        set $hosting_panel_cached BYPASS;
${body}        proxy_buffering off;
    }
`)
  })

  it('keeps pages for as long as it is told, if that is longer than a day', () => {
    expect(
      renderVhost(
        siteSpec({
          runtime: 'php',
          phpVersion: '8.2',
          cache: { redis: null, page: { minutes: 10_080, bypassCookies: [], byDevice: false }, scripts: true },
        }),
        facts,
      ),
    ).toContain('inactive=10080m')
  })

  it('keeps copies by device where that is wanted', () => {
    const page = { minutes: 10, bypassCookies: [], byDevice: true }
    const vhost = renderVhost(
      siteSpec({ runtime: 'php', phpVersion: '8.2', cache: { redis: null, page, scripts: true } }),
      facts,
    )
    expect(vhost).toContain(
      '_cache_key $hosting_panel_scheme$request_method$hosting_panel_page_device$host$request_uri;',
    )
    expect(pathInHeader('\nKEY: httpGETmobile:example.test/a/\nHTTP')).toBe('/a/')
  })

  it('keeps none while it is disabled', () => {
    expect(renderVhost(siteSpec({ runtime: 'php', phpVersion: '8.2', cache, enabled: false }), facts)).not.toMatch(
      /cache|hosting_panel_(?:skip|pages)/i,
    )
  })
})
