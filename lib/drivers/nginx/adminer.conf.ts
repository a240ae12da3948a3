import { SERVER, type Served } from '../../model/certificates/schema.ts'
import { paths, ports } from '../../model/paths.ts'
import { phpVersion } from '../../model/sites/schema.ts'
import { adminerMaster } from '../adminer/names.ts'
import type { Facts } from '../facts.ts'
import { refuseBanned } from './bans.conf.ts'
import { listenTls, renderCertificate } from './tls.conf.ts'

const written = '# Written by the hosting panel, which puts changes here back.\n'

const isFront = ({ trustedProxies }: Facts): boolean => trustedProxies.length > 0

/**
 * The database tool, on a port and so an origin of its own. Each request asks the panel first, which answers with the
 * account of one database. PHP is told that and of the request no more than it needs: no cookie of the panel's gets
 * there, and none is set from there, as cookies are the host's on every port.
 */
export const renderAdminer = (certificate: Served | null, facts: Facts): string => `${written}server {
${listenTls(ports.adminer, facts)}
    server_name _;
    server_tokens off;
${renderCertificate(SERVER, certificate, facts)}
    access_log off;
    error_log ${paths.nginxLogs}/hosting-panel.error.log;
    # Larger files are imported by the panel, which passes them on as they come.
    client_max_body_size 8m;
    large_client_header_buffers 4 8k;
    expires off;
${refuseBanned('panel', isFront(facts))}    error_page 497 =301 https://$host:${ports.adminer}$request_uri;
    error_page 401 /.hosting-panel/tool-closed.html;
    error_page 404 /.hosting-panel/404.html;
    error_page 500 502 503 504 =503 /.hosting-panel/tool-down.html;
    include snippets/hosting-panel-tool.conf;

${adminer}    location = /.hosting-panel/session {
        internal;
        proxy_set_header X-Hosting-Panel-Database $hosting_panel_wanted;
${ask('session')}
    }
    location ^~ /open/ {
        proxy_intercept_errors on;
        error_page 403 404 405 410 =410 /.hosting-panel/tool-used.html;
        error_page 500 502 503 504 =503 /.hosting-panel/tool-down.html;
${ask('open/')}
    }
    location = /close {
        proxy_intercept_errors on;
${ask('close')}
    }
    location = /panel {
        return 302 https://$host:${ports.public}/databases;
    }
    location ^~ /.hosting-panel/ {
        internal;
        alias ${paths.pages}/;
    }
    location / {
        return 404;
    }
}
`

const adminer = `    location = / {
        # The request for the session has no arguments of its own.
        set $hosting_panel_wanted $arg_db;
        auth_request /.hosting-panel/session;
        auth_request_set $hosting_panel_database $upstream_http_x_hosting_panel_database;
        auth_request_set $hosting_panel_username $upstream_http_x_hosting_panel_username;
        auth_request_set $hosting_panel_password $upstream_http_x_hosting_panel_password;
        auth_request_set $hosting_panel_session $upstream_http_x_hosting_panel_session;
        access_log ${paths.nginxLogs}/hosting-panel-tool.access.log hosting_panel_tool;
        fastcgi_pass_request_headers off;
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME ${paths.adminerPages}/index.php;
        fastcgi_param DOCUMENT_ROOT ${paths.adminerPages};
        fastcgi_param HTTP_COOKIE adminer_sid=$hosting_panel_session;
        fastcgi_param HTTP_ACCEPT_LANGUAGE $http_accept_language;
        fastcgi_param HTTP_X_REQUESTED_WITH $http_x_requested_with;
        fastcgi_param HOSTING_PANEL_SERVER localhost:${paths.mariadbSocket};
        fastcgi_param HOSTING_PANEL_DATABASE $hosting_panel_database;
        fastcgi_param HOSTING_PANEL_USERNAME $hosting_panel_username;
        fastcgi_param HOSTING_PANEL_PASSWORD $hosting_panel_password;
        fastcgi_hide_header Set-Cookie;
        fastcgi_hide_header Cache-Control;
        fastcgi_hide_header Expires;
        fastcgi_hide_header Referrer-Policy;
        fastcgi_hide_header X-Content-Type-Options;
        fastcgi_buffers 16 16k;
        fastcgi_read_timeout 305s;
        fastcgi_pass unix:${adminerMaster(phpVersion.options[0]).socket};
    }
`

/** The panel is asked with the cookies alone. */
const ask = (what: string): string => `        include snippets/hosting-panel-secret.conf;
        proxy_set_header Cookie $http_cookie;
        proxy_set_header Content-Length "";
        proxy_set_header Connection close;
        proxy_pass_request_headers off;
        proxy_pass_request_body off;
        proxy_http_version 1.1;
        proxy_read_timeout 30s;
        proxy_pass http://unix:${paths.panelSocket}:/tool/${what};`

/**
 * Adminer's own policy lets in only scripts that carry its nonce, and holds beside this one, which keeps what is shown
 * from sending anything to another host.
 */
const policy =
  "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

export const renderAdminerHeaders = (): string => `${written}add_header Content-Security-Policy "${policy}" always;
add_header X-Content-Type-Options nosniff always;
add_header Referrer-Policy no-referrer always;
add_header Strict-Transport-Security "max-age=31536000" always;
add_header Cross-Origin-Opener-Policy same-origin always;
add_header Cross-Origin-Resource-Policy same-origin always;
add_header Cache-Control no-store always;
`
