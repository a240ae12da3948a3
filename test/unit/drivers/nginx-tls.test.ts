import { describe, expect, it } from 'vitest'
import { renderAcmeSnippet, renderPanel } from '../../../lib/drivers/nginx/server.conf.ts'
import { listenTls, renderCertificate, renderTlsSnippet } from '../../../lib/drivers/nginx/tls.conf.ts'
import { renderVhost } from '../../../lib/drivers/nginx/vhost.conf.ts'
import type { Facts } from '../../../lib/drivers/facts.ts'
import type { SiteSpec } from '../../../lib/model/sites/schema.ts'
import { siteSpec } from '../../_site-spec.ts'
import { facts } from '../_facts.ts'

const id = '0123456789abcdef0123456789abcdef'
const broken: Facts = { ...facts, brokenCertificates: [id] }
const four: Facts = { ...facts, ipv6: false }

describe('what every server with TLS has', () => {
  it('is Mozilla’s intermediate profile, where the server chooses', () => {
    expect(renderTlsSnippet(facts)).toBe(`# Written by the hosting panel, which puts changes here back.
ssl_protocols TLSv1.2 TLSv1.3;
ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:\
ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:\
ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;
ssl_ecdh_curve X25519:prime256v1:secp384r1;
ssl_prefer_server_ciphers on;
ssl_conf_command Options PrioritizeChaCha;
ssl_session_cache shared:hosting-panel:10m;
ssl_session_timeout 1d;
ssl_session_tickets off;
`)
    expect(renderTlsSnippet({ ...facts, nginxVersion: [1, 18] })).not.toContain('ssl_conf_command')
  })

  it('and what every site has for an authority', () => {
    expect(renderAcmeSnippet()).toBe(`# Written by the hosting panel, which puts changes here back.
location ^~ /.well-known/acme-challenge/ {
    root /run/hosting-panel/acme;
    default_type text/plain;
    auth_basic off;
    allow all;
    try_files $uri =404;
}
`)
  })

  const lines = (...all: string[]) => all.map((line) => `    ${line};`).join('\n')
  const alternative = `add_header Alt-Svc 'h3=":443"; ma=86400'`
  it.each<[string, number, Partial<Facts>, string]>([
    ['nginx 1.22', 443, {}, lines('listen 443 ssl http2', 'listen [::]:443 ssl http2')],
    ['nginx 1.22 without IPv6', 443, { ipv6: false }, lines('listen 443 ssl http2')],
    ['the panel’s port', 8080, {}, lines('listen 8080 ssl http2', 'listen [::]:8080 ssl http2')],
    [
      'nginx 1.25, the last that may have the old form alone',
      443,
      { nginxVersion: [1, 25] },
      lines('listen 443 ssl http2', 'listen [::]:443 ssl http2'),
    ],
    ['nginx 1.26', 443, { nginxVersion: [1, 26] }, lines('listen 443 ssl', 'listen [::]:443 ssl', 'http2 on')],
    ['nginx 2', 443, { nginxVersion: [2, 0], ipv6: false }, lines('listen 443 ssl', 'http2 on')],
    [
      'HTTP/3',
      443,
      { nginxVersion: [1, 26], http3: true },
      lines(
        'listen 443 ssl',
        'listen [::]:443 ssl',
        'listen 443 quic',
        'listen [::]:443 quic',
        'http2 on',
        alternative,
      ),
    ],
    [
      'HTTP/3 without IPv6',
      443,
      { nginxVersion: [1, 26], http3: true, ipv6: false },
      lines('listen 443 ssl', 'listen 443 quic', 'http2 on', alternative),
    ],
    [
      'HTTP/3, of which the panel’s port has none',
      8080,
      { nginxVersion: [1, 26], http3: true },
      lines('listen 8080 ssl', 'listen [::]:8080 ssl', 'http2 on'),
    ],
  ])('its listeners: %s', (_, port, more, text) => expect(listenTls(port, { ...facts, ...more })).toBe(text))
})

const selfSigned = `    ssl_certificate /etc/hosting-panel/tls/panel.crt;
    ssl_certificate_key /etc/hosting-panel/tls/panel.key;
    include snippets/hosting-panel-tls.conf;`
const own = `    ssl_certificate /etc/hosting-panel/certificates/example.test/${id}/fullchain.pem;
    ssl_certificate_key /etc/hosting-panel/certificates/example.test/${id}/privkey.pem;
    include snippets/hosting-panel-tls.conf;`

describe('a server’s certificate', () => {
  const served = { id, names: ['example.test'] }
  it('that is whole', () => expect(renderCertificate('example.test', served, facts)).toBe(own))
  it('that is none', () => expect(renderCertificate('example.test', null, facts)).toBe(selfSigned))
  it('that is broken', () => expect(renderCertificate('example.test', served, broken)).toBe(selfSigned))
  it('that is whole while another is broken', () =>
    expect(renderCertificate('example.test', served, { ...facts, brokenCertificates: ['f'.repeat(32)] })).toBe(own))
})

const head = `# Written by the hosting panel, which puts changes here back.
# Your own directives for this site go into /etc/nginx/hosting-panel/example.test/*.conf
`
const http = '    listen 80;\n    listen [::]:80;'
const https = `    listen 443 ssl http2;\n    listen [::]:443 ssl http2;\n${own}`
const hsts = '\n    add_header Strict-Transport-Security max-age=31536000 always;'

const content = (listening: string, names: string) => `server {
${listening}
    server_name ${names};
    root /var/www/example.test/public;
    access_log /var/log/nginx/example.test.access.log;
    error_log /var/log/nginx/example.test.error.log;
    include /etc/nginx/hosting-panel/example.test/*.conf;
    client_max_body_size 64m;
    include snippets/hosting-panel-site.conf;

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
const redirect = (listening: string, names: string, target: string) => `server {
${listening}
    server_name ${names};
    access_log off;
    include snippets/hosting-panel-acme.conf;
    location / {
        return 301 ${target}$request_uri;
    }
}
`
/** A site whose certificate has these names. */
const secure = (names: string[], more: Partial<SiteSpec> = {}) => siteSpec({ certificate: { id, names }, ...more })

describe('a vhost with a certificate', () => {
  const aliases = ['www.example.test', 'example.org']

  it('for all its names sends from http to https', () => {
    expect(renderVhost(secure(['example.test', ...aliases], { aliases }), facts)).toBe(
      head +
        redirect(http, 'example.test www.example.test example.org', 'https://$host') +
        content(https, 'example.test www.example.test example.org'),
    )
  })

  it('but for one keeps that one on http', () => {
    expect(renderVhost(secure(['example.test', 'www.example.test'], { aliases }), facts)).toBe(
      head +
        redirect(http, 'example.test www.example.test', 'https://$host') +
        content(http, 'example.org') +
        content(https, 'example.test www.example.test'),
    )
  })

  it('but for its first name redirects nobody', () => {
    expect(renderVhost(secure(['www.example.test'], { aliases }), facts)).toBe(
      head + content(http, 'example.test www.example.test example.org') + content(https, 'www.example.test'),
    )
  })

  it('for none of its names is as without', () => {
    expect(renderVhost(secure(['other.test']), facts)).toBe(head + content(http, 'example.test'))
  })

  it('with a wildcard covers one label below, and the name itself only when it says so', () => {
    const names = ['www.example.test', 'a.b.example.test']
    expect(renderVhost(secure(['*.example.test'], { aliases: names }), facts)).toBe(
      head + content(http, 'example.test www.example.test a.b.example.test') + content(https, 'www.example.test'),
    )
    expect(renderVhost(secure(['*.example.test', 'example.test'], { aliases: names }), facts)).toBe(
      head +
        redirect(http, 'example.test www.example.test', 'https://$host') +
        content(http, 'a.b.example.test') +
        content(https, 'example.test www.example.test'),
    )
  })

  it('without the redirect is on both', () => {
    expect(renderVhost(secure(['example.test'], { httpsRedirect: false }), facts)).toBe(
      head + content(http, 'example.test') + content(https, 'example.test'),
    )
  })

  it('with HSTS says so by https alone', () => {
    expect(renderVhost(secure(['example.test'], { hsts: true }), four)).toBe(
      head +
        redirect('    listen 80;', 'example.test', 'https://$host') +
        content(`    listen 443 ssl http2;\n${own}${hsts}`, 'example.test'),
    )
  })

  it('that is broken falls back to the self-signed one, and drives nobody there', () => {
    const listening = `    listen 443 ssl http2;\n    listen [::]:443 ssl http2;\n${selfSigned}`
    expect(renderVhost(secure(['example.test'], { hstsBefore: true }), four)).toContain(
      '\n    add_header Strict-Transport-Security max-age=0 always;',
    )
    expect(renderVhost(secure(['example.test'], { hsts: true }), broken)).toBe(
      head + content(http, 'example.test') + content(listening, 'example.test'),
    )
  })
})

describe('the other form of a site’s name', () => {
  const www = { redirectWww: true, aliases: ['www.example.test'] }

  it('leads to https in one step, by either way', () => {
    const vhost =
      head +
      redirect(http, 'www.example.test', 'https://example.test') +
      redirect(https, 'www.example.test', 'https://example.test') +
      redirect(http, 'example.test', 'https://$host') +
      content(https, 'example.test')
    expect(renderVhost(secure(['example.test', 'www.example.test'], www), facts)).toBe(vhost)
    expect(renderVhost(secure(['example.test', '*.example.test'], { redirectWww: true }), facts), 'by a wildcard').toBe(
      vhost,
    )
  })

  it('has no https where the certificate does not cover it', () => {
    expect(renderVhost(secure(['example.test'], www), facts)).toBe(
      head +
        redirect(http, 'www.example.test', 'https://example.test') +
        redirect(http, 'example.test', 'https://$host') +
        content(https, 'example.test'),
    )
  })

  it('leads to http where the certificate covers it alone', () => {
    expect(renderVhost(secure(['www.example.test'], www), facts)).toBe(
      head +
        redirect(http, 'www.example.test', '$scheme://example.test') +
        redirect(https, 'www.example.test', 'http://example.test') +
        content(http, 'example.test'),
    )
  })

  it('keeps the scheme while nothing is redirected, with HSTS on https', () => {
    expect(
      renderVhost(secure(['example.test', 'www.example.test'], { ...www, httpsRedirect: false, hsts: true }), facts),
    ).toBe(
      head +
        redirect(http, 'www.example.test', '$scheme://example.test') +
        redirect(https + hsts, 'www.example.test', 'https://example.test') +
        content(http, 'example.test') +
        content(https + hsts, 'example.test'),
    )
  })
})

describe('the panel', () => {
  const begin = (text: string) => text.slice(0, text.indexOf('    include snippets/hosting-panel-errors'))
  const text = (
    listening: string,
    certificate: string,
  ) => `# Written by the hosting panel, which puts changes here back.
server {
${listening}
    server_name _;
    server_tokens off;
${certificate}
    access_log /var/log/nginx/hosting-panel.access.log;
    error_log /var/log/nginx/hosting-panel.error.log;
    client_max_body_size 2m;
    large_client_header_buffers 4 8k;
    expires off;
`
  it('has the certificate of the server’s name, whatever name it is asked by', () => {
    expect(begin(renderPanel({ id, names: ['panel.example.test'] }, facts))).toBe(
      text('    listen 8080 ssl http2;\n    listen [::]:8080 ssl http2;', own.replaceAll('example.test', '@server')),
    )
  })
  it('has the self-signed one without, or while it is broken', () => {
    expect(begin(renderPanel(null, four))).toBe(text('    listen 8080 ssl http2;', selfSigned))
    expect(renderPanel({ id, names: ['panel.example.test'] }, broken)).toBe(renderPanel(null, facts))
  })
})
