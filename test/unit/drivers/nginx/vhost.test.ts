import { describe, expect, it } from 'vitest'
import { renderVhost } from '../../../../lib/drivers/nginx/vhost.conf.ts'
import { siteSpec } from '../../../_site-spec.ts'
import { facts } from '../../_facts.ts'
import { common, head } from './_vhost.ts'

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

}
`)
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
        disable_symlinks off;
        try_files $fastcgi_script_name =404;
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        fastcgi_param DOCUMENT_ROOT $document_root;
        fastcgi_param PATH_INFO $path_info;
        fastcgi_param HTTP_PROXY "";
        fastcgi_read_timeout 65s;
        fastcgi_pass unix:/run/hosting-panel/php/s-example-test-9b263fbc.sock;
    }

}
`)
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

}
`)
  })
})
