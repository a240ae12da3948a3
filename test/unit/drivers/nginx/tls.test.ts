import { describe, expect, it } from 'vitest'
import { renderAcmeSnippet, renderPanel } from '../../../../lib/drivers/nginx/server.conf.ts'
import { listenTls, renderCertificate, renderTlsSnippet } from '../../../../lib/drivers/nginx/tls.conf.ts'
import type { Facts } from '../../../../lib/drivers/facts.ts'
import { facts } from '../../_facts.ts'
import { broken, four, id, own, selfSigned } from './_tls.ts'

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

describe('a server’s certificate', () => {
  const served = { id, names: ['example.test'] }
  it('that is whole', () => expect(renderCertificate('example.test', served, facts)).toBe(own))
  it('that is none', () => expect(renderCertificate('example.test', null, facts)).toBe(selfSigned))
  it('that is broken', () => expect(renderCertificate('example.test', served, broken)).toBe(selfSigned))
  it('that is whole while another is broken', () =>
    expect(renderCertificate('example.test', served, { ...facts, brokenCertificates: ['f'.repeat(32)] })).toBe(own))
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
