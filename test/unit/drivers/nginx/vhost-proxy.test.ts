import { describe, expect, it } from 'vitest'
import { withoutAddresses } from '../../../../lib/drivers/nginx/proxy.conf.ts'
import { renderVhost } from '../../../../lib/drivers/nginx/vhost.conf.ts'
import { newApp } from '../../../../lib/model/apps/schema.ts'
import { siteSpec } from '../../../_site-spec.ts'
import { facts } from '../../_facts.ts'
import { common, head } from './_vhost.ts'

describe('a vhost', () => {
  const forwarded = `        proxy_http_version 1.1;
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
        proxy_buffering off;
    }

`
  it('of a proxy to an address', () => {
    expect(renderVhost(siteSpec({ runtime: 'proxy', proxyTo: 'http://127.0.0.1:3000' }), facts)).toBe(`${head}server {
    listen 80;
    listen [::]:80;
    server_name example.test;
${common}
    location / {
        proxy_pass http://127.0.0.1:3000;
        proxy_set_header Host $host;
${forwarded}}
`)
  })

  it('of an app goes to the panel where nobody listens, and from there back', () => {
    const text = renderVhost(siteSpec({ runtime: 'node', app: newApp('node', 20_001) }), facts)
    expect(text.slice(text.indexOf('    recursive'))).toBe(`    recursive_error_pages on;
    location / {
        include snippets/hosting-panel-app.conf;
        error_page 502 = @wake;
        error_page 504 /.hosting-panel/502.html;
        error_page 413 /.hosting-panel/413.html;
        error_page 403 /.hosting-panel/403.html;
        proxy_pass http://s-example-test-9b263fbc;
        proxy_buffering off;
    }
    location @app {
        include snippets/hosting-panel-app.conf;
        proxy_buffering off;
        proxy_pass http://s-example-test-9b263fbc;
    }
    location @wake {
        set $hosting_panel_wake /wake;
        include snippets/hosting-panel-secret.conf;
        proxy_set_header X-Hosting-Panel-Site example.test;
        proxy_set_header X-Hosting-Panel-Method $request_method;
        proxy_set_header X-Hosting-Panel-Sent $upstream_bytes_sent;
        proxy_set_header X-Hosting-Panel-Received $upstream_bytes_received;
        proxy_set_header X-Hosting-Panel-Fetch $http_sec_fetch_mode;
        proxy_set_header Accept $http_accept;
        proxy_set_header Content-Length "";
        proxy_set_header Connection close;
        proxy_pass_request_headers off;
        proxy_pass_request_body off;
        proxy_method GET;
        proxy_http_version 1.1;
        proxy_read_timeout 60s;
        error_page 502 504 =503 /.hosting-panel/502.html;
        proxy_pass http://unix:/run/hosting-panel/panel/panel.sock:$hosting_panel_wake;
    }

}
`)
    expect(text).toContain('    root /usr/share/hosting-panel/current/pages;\n')
    const app = { ...newApp('node', 20_001), address: '::1' as const }
    expect(renderVhost(siteSpec({ runtime: 'node', app }), facts)).toContain('    server [::1]:20001;\n')
    expect(text.slice(head.length, text.indexOf('server {\n'))).toBe(`upstream s-example-test-9b263fbc {
    server 127.0.0.1:20001;
    keepalive 16;
    keepalive_timeout 1s;
}
`)
  })

  it('of a proxy to a name asks the resolver while it runs, so that a lost name stops no other site', () => {
    expect(renderVhost(siteSpec({ runtime: 'proxy', proxyTo: 'https://app.example.com' }), facts)).toBe(`${head}server {
    listen 80;
    listen [::]:80;
    server_name example.test;
${common}
    location / {
        resolver 192.0.2.53 [2001:db8::53] valid=30s;
        set $backend https://app.example.com;
        proxy_pass $backend;
        proxy_set_header Host app.example.com;
        proxy_ssl_name app.example.com;
${forwarded}}
`)
  })

  it('of a proxy to a name of this server, with settings of its own', () => {
    const proxySettings = {
      host: 'shop.example.com:81',
      timeoutSeconds: 60,
      connectSeconds: 3,
      buffering: true,
      bufferUploads: false,
    }
    const spec = siteSpec({ runtime: 'proxy', proxyTo: 'https://localhost:3000', proxySettings })
    const text = renderVhost(spec, facts)
    expect(text.slice(head.length, text.indexOf('server {\n    listen'))).toBe(`upstream s-example-test-9b263fbc {
    server 127.0.0.1:3000 max_fails=0;
    server [::1]:3000 max_fails=0 backup;
}
`)
    expect(text.slice(text.indexOf('    location / {'))).toBe(`    location / {
        proxy_pass https://s-example-test-9b263fbc;
        proxy_set_header Host shop.example.com:81;
        proxy_ssl_name shop.example.com;
        proxy_http_version 1.1;
        proxy_ssl_server_name on;
        proxy_connect_timeout 3s;
        proxy_read_timeout 60s;
        proxy_send_timeout 60s;
        proxy_next_upstream error;
        proxy_request_buffering off;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $hosting_panel_connection;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Host $host;
        proxy_set_header X-Forwarded-Proto $hosting_panel_scheme;
        proxy_set_header Proxy "";
        proxy_buffering on;
    }

}
`)
    const sent = (proxyTo: string, host: string, ipv6 = true) =>
      renderVhost(siteSpec({ runtime: 'proxy', proxyTo, proxySettings: { ...proxySettings, host } }), {
        ...facts,
        ipv6,
      })
    expect(sent('http://localhost:3000', 'auto')).toContain('Host $host;')
    expect(sent('http://localhost:3000', 'auto', false)).not.toContain('backup')
    expect(sent('http://intern.test', 'auto')).toContain('    server 10.0.0.5:80 max_fails=0;\n}')
    expect(sent('http://intern.test:81', 'target')).toContain('Host intern.test:81;')
    expect(sent('http://app.example.com', 'visitor')).toContain('Host $host;')
    expect(sent('http://app.example.com', 'constructor')).toContain('Host constructor;')
  })

  it.each(['http://intern.test:81', 'http://app.example.com', 'https://app.example.com/below'])(
    'of a proxy to %s is the same on every server, but for the addresses that it knows',
    (proxyTo) => {
      const spec = siteSpec({ runtime: 'proxy', proxyTo })
      const render = (more: object) => renderVhost(spec, { ...facts, ...more })
      const hosts = new Map([[new URL(proxyTo).hostname, ['10.0.0.9', '::9']]])
      const texts = [{}, { resolvers: ['192.0.2.1', '2001:db8::1'] }, { hosts }, { hosts: new Map() }].map(render)
      expect(new Set(texts).size).toBeGreaterThan(2)
      expect([...new Set(texts.map(withoutAddresses))]).toHaveLength(1)
      const changed = texts[0]!.replace('client_max_body_size 64m', 'client_max_body_size 65m')
      expect(withoutAddresses(changed)).not.toBe(withoutAddresses(texts[0]!))
    },
  )
})
