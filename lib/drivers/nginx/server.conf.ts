import { ANSWER_TIMEOUT_S } from '../../model/apps/ports.ts'
import { SERVER, type Served } from '../../model/certificates/schema.ts'
import { paths, ports } from '../../model/paths.ts'
import type { Facts, ServerFacts } from '../facts.ts'
import { refuseBanned } from './bans.conf.ts'
import { renderDefaults, unlessSet } from './defaults.conf.ts'
import { guardLog, renderGuardLog } from './guard-log.conf.ts'
import { renderPageMaps } from './pages.conf.ts'
import { renderPaths } from './paths.conf.ts'
import { purge } from './purge.conf.ts'
import { renderTimeouts } from './timeouts.conf.ts'
import { listenTls, renderCertificate } from './tls.conf.ts'
import { renderTrust, toHttps } from './trusted-proxies.conf.ts'
import { renderTypes } from './types.conf.ts'

const written = '# Written by the hosting panel, which puts changes here back.\n'

const oldWorkers = '# A WebSocket or a long download keeps an old worker for this long after a reload, not for ever.'

/** Main context (modules-enabled is the only directory Debian includes there). */
export const renderMain = ({ nginxDirectives }: Pick<ServerFacts, 'nginxDirectives'>): string =>
  `${written}${oldWorkers}
worker_shutdown_timeout 5m;
worker_rlimit_nofile 65536;
# The settings of its unit (nginx.service.d) go on to the nginx that takes over in an upgrade.
env MALLOC_TRIM_THRESHOLD_;
env MALLOC_MMAP_THRESHOLD_;
# Settings of sites are regular expressions: compiled ones cost a request a third of the time.
${unlessSet(nginxDirectives, [['pcre_jit', 'on']])}`

/** http context: conf.d/hosting-panel.conf. */
export const renderHttp = (
  facts: ServerFacts,
): string => `${written}${renderPaths(facts)}server_names_hash_bucket_size 256;
server_names_hash_max_size 8192;
map $http_upgrade $hosting_panel_connection {
    default upgrade;
    '' '';
}
# Without what is asked for: addresses of the database tool hold data.
log_format hosting_panel_tool '$remote_addr [$time_local] "$request_method $uri" $status $body_bytes_sent';
${renderTypes(facts)}${renderTrust(facts)}${renderTimeouts(facts)}${renderDefaults(facts)}${[
  renderPageMaps(),
  renderGuardLog(),
].join('')}`

/** Where an authority looks for its proof, whatever the site, and whether or not it is enabled. */
export const renderAcmeSnippet = (): string => `${written}${acmeLocation}`

const acmeLocation = `location ^~ /.well-known/acme-challenge/ {
    root ${paths.challenges};
    default_type text/plain;
    auth_basic off;
    allow all;
    try_files $uri =404;
}
`

/** Renders the snippet that every site includes: its error pages, and files that no site gives away. */
export const renderSiteSnippet = (): string => `${written}server_tokens off;
${guardLog}
add_header X-Content-Type-Options nosniff always;
${acmeLocation}error_page 403 /.hosting-panel/403.html;
error_page 404 /.hosting-panel/404.html;
error_page 413 /.hosting-panel/413.html;
error_page 502 504 /.hosting-panel/502.html;
location ^~ /.hosting-panel/ {
    internal;
    client_max_body_size 0;
    auth_basic off;
    allow all;
    alias ${paths.pages}/;
}
`

/** Renders the snippet of sites that serve files. */
export const renderFilesSnippet = (): string => `${written}location ~ /\\.(?!well-known/) {
    return 404;
}
`

/**
 * How requests go to an app; where no page of it is kept, answers are passed on as they come (server-sent events,
 * progress). Bodies are taken in whole first, so that an app that sleeps can be woken and then given them. Only nginx
 * sends files by X-Accel-Redirect. A kept connection that the app has closed meanwhile is tried once more, unless it
 * was a POST.
 */
export const renderAppSnippet = (): string => `${written}proxy_http_version 1.1;
proxy_next_upstream error;
proxy_next_upstream_tries 2;
proxy_ignore_headers X-Accel-Redirect;
proxy_connect_timeout 5s;
proxy_read_timeout ${ANSWER_TIMEOUT_S}s;
proxy_send_timeout 10m;
proxy_set_header Host $host;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $hosting_panel_connection;
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header X-Forwarded-Host $host;
proxy_set_header X-Forwarded-Proto $hosting_panel_scheme;
proxy_set_header Proxy "";
`

/**
 * Names nobody set up, and the server's own, as a site with a wildcard would get the panel's visitors: no answer on 80
 * but to an authority (the server's own name may want a certificate), no handshake on 443 (a self-signed one before
 * nginx 1.19.4). What all of 443 has in common nginx reads here.
 */
export const renderDefault = (ownNames: readonly string[], facts: Facts): string => {
  const names = ['_', ...new Set(ownNames)].join(' ')
  const [major, minor] = facts.nginxVersion
  const reject = major > 1 || minor >= 20
  const ipv6 = (port: string) => (facts.ipv6 ? `\n    listen [::]:${port} default_server;` : '')
  const quic = facts.http3
    ? `\n    listen 443 quic reuseport ` +
      `default_server;${facts.ipv6 ? '\n    listen [::]:443 quic reuseport default_server;' : ''}`
    : ''
  const tls = reject
    ? '    ssl_reject_handshake on;\n    include snippets/hosting-panel-tls.conf;'
    : `${renderCertificate(SERVER, null, facts)}\n    return 444;`
  return `${written}server {
    listen 80 default_server;${ipv6('80')}
    server_name ${names};
    access_log off;
    include snippets/hosting-panel-acme.conf;
${purge}    location / {
        return 444;
    }
}
server {
    listen 443 ssl default_server;${ipv6('443 ssl')}${quic}
    server_name ${names};
    access_log off;
${tls}
}
`
}

const starting =
  'The panel is starting or has stopped. Try again in a few seconds; if it stays so, run: ' +
  'systemctl status hosting-panel'

/** The panel itself: the admin bundle from disk, /api to the panel's socket. */
export const renderPanel = (certificate: Served | null, facts: Facts): string => `${written}server {
${listenTls(ports.public, facts)}
    server_name _;
    server_tokens off;
${renderCertificate(SERVER, certificate, facts)}
    access_log ${paths.nginxLogs}/hosting-panel.access.log;
    error_log ${paths.nginxLogs}/hosting-panel.error.log;
    client_max_body_size 2m;
    large_client_header_buffers 4 8k;
    expires off;
${panelBehind(facts)}    include snippets/hosting-panel-errors.conf;
    include snippets/hosting-panel-error-answers.conf;
    root ${paths.admin};
    include snippets/hosting-panel-headers.conf;
    gzip_types text/css application/javascript application/json image/svg+xml;

    location / {
        gzip off;
        try_files $uri /index.html;
        include snippets/hosting-panel-headers.conf;
        add_header Cache-Control no-cache;
    }
    location /assets/ {
        try_files $uri =404;
        include snippets/hosting-panel-headers.conf;
        add_header Cache-Control "public, max-age=31536000, immutable";
    }
    # Dumps are of any size, and go to the panel as they come.
    location ~ ^/api/databases/[^/]+/import$ {
        client_max_body_size 0;
        proxy_request_buffering off;
        include snippets/hosting-panel-api.conf;
    }
    location /api/ {
        include snippets/hosting-panel-api.conf;
    }
    location @starting {
        default_type application/json;
        add_header Retry-After 2 always;
        return 503 '{"code":"panel_starting","message":"${starting}"}';
    }
}
`

/** Refuses those who are banned, and leads to https, where the panel is behind a proxy. */
const panelBehind = ({ trustedProxies }: Facts): string =>
  trustedProxies.length > 0 ? refuseBanned('panel', true) + toHttps : ''

/** How requests of the API go to the panel. */
export const renderApiSnippet = (): string => `${written}proxy_pass http://unix:${paths.panelSocket};
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
`

export const renderSecret = (facts: Facts): string =>
  `${written}proxy_set_header X-Hosting-Panel-Proxy ${facts.proxySecret};\n`
