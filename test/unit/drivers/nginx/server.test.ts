import { describe, expect, it } from 'vitest'
import { logAfter, testConfiguration, version } from '../../../../lib/drivers/nginx/commands.ts'
import { renderGeneration } from '../../../../lib/drivers/nginx/generation.conf.ts'
import { renderApiSnippet, renderDefault, renderPanel } from '../../../../lib/drivers/nginx/server.conf.ts'
import { facts } from '../../_facts.ts'

describe('nginx commands', () => {
  it('checks quietly', () => expect(testConfiguration()).toEqual(['nginx', '-t', '-q']))
  it('asks for the version', () => expect(version()).toEqual(['nginx', '-V']))
  it('reads only what is new in a log', () =>
    expect(logAfter('/var/log/nginx/error.log', 10)).toEqual(['tail', '-c', '+11', '--', '/var/log/nginx/error.log']))
})

const purge = `    location = /.hosting-panel/purge {
        allow 127.0.0.1;
        deny all;
        error_page 403 = @nobody;
        client_max_body_size 4k;
        include snippets/hosting-panel-secret.conf;
        proxy_set_header X-Hosting-Panel-Peer $realip_remote_addr;
        proxy_set_header X-Hosting-Panel-Peer-Port $realip_remote_port;
        proxy_set_header X-Hosting-Panel-Server $server_addr;
        proxy_set_header X-Hosting-Panel-Server-Port $server_port;
        proxy_set_header Cookie "";
        proxy_http_version 1.1;
        proxy_pass http://unix:/run/hosting-panel/panel/panel.sock:/purge;
    }
    location @nobody {
        return 444;
    }
`

describe('the server’s own blocks', () => {
  it('an unknown name gets no answer and no handshake', () => {
    expect(renderDefault([], facts)).toBe(`# Written by the hosting panel, which puts changes here back.
server {
    listen 80 default_server;
    listen [::]:80 default_server;
    server_name _;
    access_log off;
    include snippets/hosting-panel-acme.conf;
${purge}    location / {
        return 444;
    }
}
server {
    listen 443 ssl default_server;
    listen [::]:443 ssl default_server;
    server_name _;
    access_log off;
    ssl_reject_handshake on;
    include snippets/hosting-panel-tls.conf;
}
`)
  })

  it('nginx 1.18 (Ubuntu 22.04) cannot refuse a handshake, so it gets the self-signed certificate', () => {
    expect(renderDefault([], { ...facts, nginxVersion: [1, 18], ipv6: false }))
      .toBe(`# Written by the hosting panel, which puts changes here back.
server {
    listen 80 default_server;
    server_name _;
    access_log off;
    include snippets/hosting-panel-acme.conf;
${purge}    location / {
        return 444;
    }
}
server {
    listen 443 ssl default_server;
    server_name _;
    access_log off;
    ssl_certificate /etc/hosting-panel/tls/panel.crt;
    ssl_certificate_key /etc/hosting-panel/tls/panel.key;
    include snippets/hosting-panel-tls.conf;
    return 444;
}
`)
  })

  it('the generation answers on a unix socket', () => {
    expect(renderGeneration('0123456789abcdef')).toBe(`# Written by the hosting panel, which puts changes here back.
server {
    listen unix:/run/hosting-panel/nginx.sock;
    access_log off;
    location = /generation {
        default_type text/plain;
        return 200 0123456789abcdef;
    }
    location = /connection {
        default_type text/plain;
        return 200 $connection;
    }
    location = /worker {
        default_type text/plain;
        return 200 $pid;
    }
}
`)
  })
})

describe('the panel’s API', () => {
  it('is reached in one way, by nginx’s secret, and streams as it comes', () => {
    expect(renderApiSnippet()).toBe(`# Written by the hosting panel, which puts changes here back.
proxy_pass http://unix:/run/hosting-panel/panel/panel.sock;
proxy_http_version 1.1;
proxy_set_header Connection "";
proxy_set_header Host $http_host;
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header X-Forwarded-Proto https;
proxy_set_header X-Hosting-Panel-Connection $connection;
proxy_set_header X-Hosting-Panel-Front $hosting_panel_front;
include snippets/hosting-panel-secret.conf;
proxy_buffering off;
proxy_read_timeout 1h;
include snippets/hosting-panel-errors.conf;
error_page 502 504 = @starting;
`)
  })

  it('takes a body of any size for an import alone', () => {
    const panel = renderPanel(null, facts)
    expect(panel).toContain(`    location ~ ^/api/databases/[^/]+/import$ {
        client_max_body_size 0;
        proxy_request_buffering off;
        include snippets/hosting-panel-api.conf;
    }
    location /api/ {
        include snippets/hosting-panel-api.conf;
    }
`)
    expect(panel.match(/client_max_body_size 0;/g)).toHaveLength(1)
  })
})
