import { isIP } from 'node:net'
import { paths } from '../../model/paths.ts'
import { siteNames, phpNames } from '../../model/sites/names.ts'
import { bareHost } from '../../model/sites/proxy-target.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Facts } from '../facts.ts'
import { cachesPages, direct, keepPages, pageBypass } from './pages.conf.ts'

/** Renders how a site's servers answer requests, by its runtime. */
export function content(spec: SiteSpec, facts: Facts): string {
  if (spec.app) return app(spec)
  if (spec.runtime === 'proxy') return proxy(spec, facts)
  return spec.runtime === 'php' ? php(spec) : staticFiles
}

const staticFiles = `    index index.html index.htm;
    include snippets/hosting-panel-files.conf;
    location / {
        try_files $uri $uri/ =404;
    }
`

function php(spec: SiteSpec): string {
  const script = passToPhp(spec)
  const kept = cachesPages(spec)
  return `    index index.php index.html index.htm;
    include snippets/hosting-panel-files.conf;
    location / {
        try_files $uri $uri/ /index.php$is_args$args;
    }
    location ~ [^/]\\.php(/|$) {
${kept ? pageBypass : ''}${script}${kept ? keepPages(spec) : ''}    }
${kept ? direct(spec, script) : ''}`
}

function passToPhp(spec: SiteSpec): string {
  const { socket } = phpNames(spec.domain, spec.isolation, spec.phpVersion!)
  return `        fastcgi_split_path_info ^(.+?\\.php)(/.*)$;
        set $path_info $fastcgi_path_info;
        try_files $fastcgi_script_name =404;
        expires off;
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME $realpath_root$fastcgi_script_name;
        fastcgi_param DOCUMENT_ROOT $realpath_root;
        fastcgi_param PATH_INFO $path_info;
        fastcgi_param HTTP_PROXY "";
        fastcgi_read_timeout ${spec.phpSettings.maxExecutionSeconds + 5}s;
        fastcgi_pass unix:${socket};
`
}

/**
 * A named target goes through a variable, so that nginx asks the resolver while it runs: a name that
 * does not resolve at start would keep nginx, and every other site, down. Remote virtual hosts go by
 * their own name, so they are sent it; an address is sent the visitor's.
 */
function proxy(spec: SiteSpec, facts: Facts): string {
  const body = passToTarget(spec, facts)
  if (!cachesPages(spec)) return `    location / {\n${body}    }\n`
  return `    location / {\n${pageBypass}${body}${keepPages(spec)}    }\n${direct(spec, body)}`
}

function passToTarget(spec: SiteSpec, facts: Facts): string {
  const target = spec.proxyTo!
  const named = isIP(bareHost(new URL(target))) === 0
  const pass = named
    ? `        resolver ${facts.resolvers.map(bracketed).join(' ')} valid=30s${facts.ipv6 ? '' : ' ipv6=off'};
        set $backend ${target};
        proxy_pass $backend;
        proxy_set_header Host $proxy_host;`
    : `        proxy_pass ${target};
        proxy_set_header Host $host;`
  return `${pass}
        proxy_http_version 1.1;
        proxy_ssl_server_name on;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $hosting_panel_connection;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Host $host;
        proxy_set_header X-Forwarded-Proto $scheme;
`
}

/**
 * An app's connections are kept for a second: shorter than any server for apps keeps its end, and short enough that
 * one that is open says that the app is in use.
 */
export const upstream = ({ domain, app }: SiteSpec): string =>
  app
    ? `upstream ${siteNames(domain).user} {
    server 127.0.0.1:${app.port};
    keepalive 16;
    keepalive_timeout 1s;
}
`
    : ''

/**
 * Requests go to the app; where nobody listens they go to the panel, which starts it and sends them back to
 * @app. The panel is told how much of the request the app had got: what it may have acted on is not sent twice.
 */
const app = (spec: SiteSpec): string => `    recursive_error_pages on;
${
  cachesPages(spec)
    ? `    location / {
${pageBypass}${passToApp(spec)}        error_page 418 = @direct;
${keepPages(spec)}    }
${direct(spec, `${passToApp(spec)}        proxy_buffering off;\n`)}`
    : `    location / {
${passToApp(spec)}        proxy_buffering off;
    }
`
}    location @app {
        include snippets/hosting-panel-app.conf;
        proxy_buffering off;
        proxy_pass http://${siteNames(spec.domain).user};
    }
    location @wake {
        set $hosting_panel_wake /wake;
        include snippets/hosting-panel-secret.conf;
        proxy_set_header X-Hosting-Panel-Site ${spec.domain};
        proxy_set_header X-Hosting-Panel-Method $request_method;
        proxy_set_header X-Hosting-Panel-Sent $upstream_bytes_sent;
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
        proxy_pass http://unix:${paths.panelSocket}:$hosting_panel_wake;
    }
`

const passToApp = ({ domain }: SiteSpec): string => `        include snippets/hosting-panel-app.conf;
        error_page 502 = @wake;
        error_page 504 /.hosting-panel/502.html;
        proxy_pass http://${siteNames(domain).user};
`

const bracketed = (address: string): string => (isIP(address) === 6 ? `[${address}]` : address)
