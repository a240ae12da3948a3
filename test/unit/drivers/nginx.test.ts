import { describe, expect, it } from 'vitest'
import { logAfter, testConfiguration, version } from '../../../lib/drivers/nginx/commands.ts'
import {
  renderApiSnippet,
  renderDefault,
  renderGeneration,
  renderPanel,
} from '../../../lib/drivers/nginx/server.conf.ts'
import { renderVhost } from '../../../lib/drivers/nginx/vhost.conf.ts'
import { newApp } from '../../../lib/model/apps/schema.ts'
import { siteSpec } from '../../_site-spec.ts'
import { facts } from '../_facts.ts'

const head = `# Written by the hosting panel, which puts changes here back.
# Your own directives for this site go into /etc/nginx/hosting-panel/example.test/*.conf
`
const common = `    root /var/www/example.test/public;
    access_log /var/log/nginx/example.test.access.log;
    error_log /var/log/nginx/example.test.error.log;
    include /etc/nginx/hosting-panel/example.test/*.conf;
    client_max_body_size 64m;
    include snippets/hosting-panel-site.conf;
`
const additions = `}
`

describe('nginx commands', () => {
  it('checks quietly', () => expect(testConfiguration()).toEqual(['nginx', '-t', '-q']))
  it('asks for the version', () => expect(version()).toEqual(['nginx', '-V']))
  it('reads only what is new in a log', () =>
    expect(logAfter('/var/log/nginx/error.log', 10)).toEqual(['tail', '-c', '+11', '--', '/var/log/nginx/error.log']))
})

describe('a vhost', () => {
  it('of a static site', () => {
    expect(renderVhost(siteSpec({ aliases: ['www.example.test'] }), facts)).toBe(`${head}server {
    listen 80;
    listen [::]:80;
    server_name example.test www.example.test;
${common}
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

${additions}`)
  })

  it('of a PHP site that redirects www, on a machine without IPv6', () => {
    const spec = siteSpec({ runtime: 'php', phpVersion: '8.2', aliases: ['www.example.test'], redirectWww: true })
    expect(renderVhost(spec, { ...facts, ipv6: false })).toBe(`${head}server {
    listen 80;
    server_name www.example.test;
    access_log off;
    include snippets/hosting-panel-acme.conf;
    location / {
        return 301 $scheme://example.test$request_uri;
    }
}
server {
    listen 80;
    server_name example.test;
${common}
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
        fastcgi_split_path_info (?s)^(.+?\\.php)(/.*)$;
        set $path_info $fastcgi_path_info;
        try_files $fastcgi_script_name =404;
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        fastcgi_param DOCUMENT_ROOT $document_root;
        fastcgi_param PATH_INFO $path_info;
        fastcgi_param HTTP_PROXY "";
        fastcgi_read_timeout 65s;
        fastcgi_pass unix:/run/hosting-panel/php/s-example-test-9b263fbc.sock;
    }

${additions}`)
  })

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
        proxy_set_header X-Forwarded-Proto $scheme;
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
${forwarded}${additions}`)
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

${additions}`)
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
${forwarded}${additions}`)
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
        proxy_set_header X-Forwarded-Proto $scheme;
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

  it('of a site that grew beyond its disk says so, and of one that is full is as ever', () => {
    const vhost = renderVhost(siteSpec({ runtime: 'php', phpVersion: '8.2', storage: 'over' }), facts)
    expect(vhost).toContain(
      '    error_page 503 /.hosting-panel/full.html;\n    location / {\n        return 503;\n    }\n',
    )
    expect(vhost).not.toContain('fastcgi')
    expect(renderVhost(siteSpec({ storage: 'full' }), facts)).toBe(renderVhost(siteSpec(), facts))
  })

  it('of a disabled site answers 503', () => {
    expect(renderVhost(siteSpec({ enabled: false }), facts)).toBe(`${head}server {
    listen 80;
    listen [::]:80;
    server_name example.test;
${common}
    error_page 503 /.hosting-panel/503.html;
    location / {
        return 503;
    }

${additions}`)
  })
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
