import { describe, expect, it } from 'vitest'
import { renderVhost } from '../../../../lib/drivers/nginx/vhost.conf.ts'
import type { SiteSpec } from '../../../../lib/model/sites/schema.ts'
import { siteSpec } from '../../../_site-spec.ts'
import { facts } from '../../_facts.ts'
import { broken, four, id, own, selfSigned } from './_tls.ts'
import { head } from './_vhost.ts'

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

  it('leads there together with aliases that do so, and these are not served', () => {
    const aliases = { aliases: ['old.test', 'also.test'], redirectAliases: ['old.test'] }
    const vhost = renderVhost(secure(['example.test', 'old.test'], { ...aliases, redirectWww: true }), facts)
    expect(vhost).toBe(
      head +
        redirect(http, 'www.example.test old.test', 'https://example.test') +
        redirect(https, 'old.test', 'https://example.test') +
        redirect(http, 'example.test', 'https://$host') +
        content(http, 'also.test') +
        content(https, 'example.test'),
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
