import { describe, expect, it } from 'vitest'
import { toHttps } from '../../../../lib/drivers/nginx/trusted-proxies.conf.ts'
import { renderVhost } from '../../../../lib/drivers/nginx/vhost.conf.ts'
import type { SiteSpec } from '../../../../lib/model/sites/schema.ts'
import { siteSpec } from '../../../_site-spec.ts'
import { facts } from '../../_facts.ts'
import { id, own } from './_tls.ts'
import { head } from './_vhost.ts'

const behind = { ...facts, trustedProxies: ['192.0.2.1'] }
const [plain, tls] = [
  '    listen 80;\n    listen [::]:80;',
  `    listen 443 ssl http2;\n    listen [::]:443 ssl http2;\n${own}`,
]
const content = (listening: string, names: string, first = '', addresses = '') => `server {
${listening}
    server_name ${names};
    root /var/www/example.test/public;
    access_log /var/log/nginx/example.test.access.log;
    error_log /var/log/nginx/example.test.error.log;
    include snippets/hosting-panel-bans.conf;
${first}    include /etc/nginx/hosting-panel/example.test/*.conf;
    client_max_body_size 64m;
    include snippets/hosting-panel-site.conf;
${addresses}
    index index.html index.htm;
    disable_symlinks if_not_owner from=/var/www/example.test/public;
    include snippets/hosting-panel-files.conf;
    location ~* \\.ph(?:p[0-9]?|tml|ar)(?:/|$) {
        return 404;
    }
    location / {
        log_not_found off;
    }
    location ~ ^/(?:\\.well-known/)?apple-app-site-association$ {
        types {}
        default_type application/json;
        try_files $uri =404;
    }

}
`
const secure = (more: Partial<SiteSpec> = {}) =>
  siteSpec({ certificate: { id, names: ['example.test'] }, aliases: ['www.example.test'], ...more })

describe('a vhost behind a trusted proxy', () => {
  it('answers on http whom the proxy calls on https, and leads all others there', () => {
    expect(renderVhost(secure({ hsts: true }), behind)).toBe(
      head +
        content(
          `${plain}\n    add_header Strict-Transport-Security $hosting_panel_hsts always;`,
          'example.test',
          toHttps,
        ) +
        content(`${plain}\n    add_header Strict-Transport-Security $hosting_panel_hsts always;`, 'www.example.test') +
        content(`${tls}\n    add_header Strict-Transport-Security max-age=31536000 always;`, 'example.test', toHttps),
    )
  })

  it('of its own says first who that is', () => {
    const edge = '    set $hosting_panel_edge $s_example_test_9b263fbc_edge;\n'
    const addresses = `    set_real_ip_from 10.0.0.0/8;
    real_ip_header X-Forwarded-For;
    real_ip_recursive on;
    absolute_redirect off;
`
    expect(renderVhost(secure({ trustedProxies: ['10.0.0.0/8'], redirectWww: true }), facts)).toBe(
      `${head}geo $realip_remote_addr $s_example_test_9b263fbc_edge_network {
    default "";
    10.0.0.0/8 1;
}
map $hosting_panel_provider$s_example_test_9b263fbc_edge_network $s_example_test_9b263fbc_edge {
    default "";
    ~1$ 1;
}
server {
${plain}
    server_name www.example.test;
    access_log off;
${edge}    include snippets/hosting-panel-acme.conf;
    location / {
        return 301 https://example.test$request_uri;
    }
}
` +
        content(plain, 'example.test', edge + toHttps, addresses) +
        content(tls, 'example.test', edge + toHttps, addresses),
    )
  })

  it('leads aliases by the visitor’s scheme', () => {
    expect(renderVhost(siteSpec({ redirectWww: true, aliases: ['www.example.test'] }), behind)).toContain(
      'return 301 $hosting_panel_scheme://example.test$request_uri;',
    )
  })

  it('tells programs what the proxy said, and nothing that visitors say themselves', () => {
    const php = renderVhost(siteSpec({ runtime: 'php', phpVersion: '8.2' }), behind)
    expect(php).toContain(`        fastcgi_param PATH_INFO $path_info;
        fastcgi_param REQUEST_SCHEME $hosting_panel_scheme;
        fastcgi_param HTTPS $hosting_panel_https if_not_empty;
        fastcgi_param SERVER_PORT $hosting_panel_port;
        fastcgi_param HTTP_X_REAL_IP $remote_addr;
        fastcgi_param HTTP_X_FORWARDED_FOR $remote_addr;
        fastcgi_param HTTP_X_FORWARDED_HOST $host;
        fastcgi_param HTTP_X_FORWARDED_PROTO $hosting_panel_scheme;
        fastcgi_param HTTP_CF_CONNECTING_IP $hosting_panel_cf_visitor if_not_empty;
        fastcgi_param HTTP_PROXY "";
`)
    const named = 'proxy_set_header CF-Connecting-IP $hosting_panel_cf_visitor;'
    for (const spec of [
      siteSpec({ runtime: 'proxy', proxyTo: 'http://127.0.0.1:3000' }),
      siteSpec({ runtime: 'node', app: { address: '127.0.0.1', port: 20_001 } as SiteSpec['app'] }),
    ]) {
      expect(renderVhost(spec, behind)).toContain(named)
      expect(renderVhost(spec, facts)).not.toContain(named)
    }
  })
})
