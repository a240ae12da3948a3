import { describe, expect, it } from 'vitest'
import { renderAdminerPool } from '../../../lib/drivers/adminer/pool.conf.ts'
import { renderHttp } from '../../../lib/drivers/nginx/server.conf.ts'
import { renderAdminer, renderAdminerHeaders } from '../../../lib/drivers/nginx/adminer.conf.ts'
import { facts, serverFacts } from '../_facts.ts'

const pool = `pm = ondemand
pm.max_children = 4
pm.process_idle_timeout = 10s
pm.max_requests = 500
request_terminate_timeout = 300s
catch_workers_output = yes
decorate_workers_output = no
security.limit_extensions = .php
env[TMPDIR] = /var/lib/hosting-panel-adminer/tmp
php_admin_value[open_basedir] = /usr/share/adminer/adminer.php:\
/usr/share/hosting-panel/current/adminer/:/var/lib/hosting-panel-adminer/
php_admin_value[disable_functions] = exec,passthru,shell_exec,system,proc_open,popen,pcntl_exec,pcntl_fork,dl,mail,\
putenv,fsockopen,pfsockopen,stream_socket_client,stream_socket_server,stream_socket_pair,socket_create,\
socket_create_pair,curl_exec,curl_multi_exec,symlink,link,posix_kill
php_admin_flag[allow_url_fopen] = off
php_admin_flag[allow_url_include] = off
php_admin_flag[mysqli.allow_local_infile] = off
php_admin_flag[mysqli.allow_persistent] = off
php_admin_value[upload_tmp_dir] = /var/lib/hosting-panel-adminer/tmp
php_admin_value[sys_temp_dir] = /var/lib/hosting-panel-adminer/tmp
php_admin_value[session.save_handler] = files
php_admin_value[session.save_path] = /var/lib/hosting-panel-adminer/sessions
php_admin_flag[session.use_strict_mode] = off
php_admin_value[session.gc_probability] = 1
php_admin_value[session.gc_divisor] = 50
php_admin_value[session.gc_maxlifetime] = 7200
php_admin_flag[log_errors] = on
php_admin_value[error_log] = syslog
php_admin_flag[display_errors] = off
php_admin_flag[expose_php] = off
php_admin_value[memory_limit] = 128M
php_admin_value[max_execution_time] = 240
php_admin_value[upload_max_filesize] = 8M
php_admin_value[post_max_size] = 8M
php_admin_value[max_input_vars] = 10000
`

describe('Adminer’s PHP', () => {
  it('has a master of its own', () => {
    expect(renderAdminerPool('8.2', facts)).toBe(`; Written by the hosting panel, which puts changes here back.
[global]
daemonize = no
error_log = syslog
syslog.ident = hosting-panel-adminer
process_control_timeout = 10s
systemd_interval = 0

[hosting-panel-adminer]
listen = /run/hosting-panel/php/hosting-panel-adminer.sock
${pool}`)
  })

  it('is a pool in the distribution’s master, where there is no systemd', () => {
    expect(renderAdminerPool('7.4', { ...facts, systemd: false }))
      .toBe(`; Written by the hosting panel, which puts changes here back.
[hosting-panel-adminer]
user = hosting-panel-adminer
group = hosting-panel-adminer
listen = /run/hosting-panel/php/hosting-panel-adminer.sock
listen.owner = www-data
listen.group = www-data
listen.mode = 0600
${pool}`)
  })
})

describe('the database tool’s server', () => {
  it('asks the panel first, and tells PHP one account and no cookie', () => {
    expect(renderAdminer(null, facts)).toBe(`# Written by the hosting panel, which puts changes here back.
server {
    listen 8081 ssl http2;
    listen [::]:8081 ssl http2;
    server_name _;
    server_tokens off;
    ssl_certificate /etc/hosting-panel/tls/panel.crt;
    ssl_certificate_key /etc/hosting-panel/tls/panel.key;
    include snippets/hosting-panel-tls.conf;
    access_log off;
    error_log /var/log/nginx/hosting-panel.error.log;
    # Larger files are imported by the panel, which passes them on as they come.
    client_max_body_size 8m;
    large_client_header_buffers 4 8k;
    expires off;
    error_page 497 =301 https://$host:8081$request_uri;
    error_page 401 /.hosting-panel/tool-closed.html;
    error_page 404 /.hosting-panel/404.html;
    error_page 500 502 503 504 =503 /.hosting-panel/tool-down.html;
    include snippets/hosting-panel-tool.conf;

    location = / {
        # The request for the session has no arguments of its own.
        set $hosting_panel_wanted $arg_db;
        auth_request /.hosting-panel/session;
        auth_request_set $hosting_panel_database $upstream_http_x_hosting_panel_database;
        auth_request_set $hosting_panel_username $upstream_http_x_hosting_panel_username;
        auth_request_set $hosting_panel_password $upstream_http_x_hosting_panel_password;
        auth_request_set $hosting_panel_session $upstream_http_x_hosting_panel_session;
        access_log /var/log/nginx/hosting-panel-tool.access.log hosting_panel_tool;
        fastcgi_pass_request_headers off;
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME /usr/share/hosting-panel/current/adminer/index.php;
        fastcgi_param DOCUMENT_ROOT /usr/share/hosting-panel/current/adminer;
        fastcgi_param HTTP_COOKIE adminer_sid=$hosting_panel_session;
        fastcgi_param HTTP_ACCEPT_LANGUAGE $http_accept_language;
        fastcgi_param HTTP_X_REQUESTED_WITH $http_x_requested_with;
        fastcgi_param HOSTING_PANEL_SERVER localhost:/run/mysqld/mysqld.sock;
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
        fastcgi_pass unix:/run/hosting-panel/php/hosting-panel-adminer.sock;
    }
    location = /.hosting-panel/session {
        internal;
        proxy_set_header X-Hosting-Panel-Database $hosting_panel_wanted;
        include snippets/hosting-panel-secret.conf;
        proxy_set_header Cookie $http_cookie;
        proxy_set_header Content-Length "";
        proxy_set_header Connection close;
        proxy_pass_request_headers off;
        proxy_pass_request_body off;
        proxy_http_version 1.1;
        proxy_read_timeout 30s;
        proxy_pass http://unix:/run/hosting-panel/panel/panel.sock:/tool/session;
    }
    location ^~ /open/ {
        proxy_intercept_errors on;
        error_page 403 404 405 410 =410 /.hosting-panel/tool-used.html;
        error_page 500 502 503 504 =503 /.hosting-panel/tool-down.html;
        include snippets/hosting-panel-secret.conf;
        proxy_set_header Cookie $http_cookie;
        proxy_set_header Content-Length "";
        proxy_set_header Connection close;
        proxy_pass_request_headers off;
        proxy_pass_request_body off;
        proxy_http_version 1.1;
        proxy_read_timeout 30s;
        proxy_pass http://unix:/run/hosting-panel/panel/panel.sock:/tool/open/;
    }
    location = /close {
        proxy_intercept_errors on;
        include snippets/hosting-panel-secret.conf;
        proxy_set_header Cookie $http_cookie;
        proxy_set_header Content-Length "";
        proxy_set_header Connection close;
        proxy_pass_request_headers off;
        proxy_pass_request_body off;
        proxy_http_version 1.1;
        proxy_read_timeout 30s;
        proxy_pass http://unix:/run/hosting-panel/panel/panel.sock:/tool/close;
    }
    location = /panel {
        return 302 https://$host:8080/databases;
    }
    location ^~ /.hosting-panel/ {
        internal;
        alias /usr/share/hosting-panel/current/pages/;
    }
    location / {
        return 404;
    }
}
`)
  })

  it('has the certificate of the server’s name, and no IPv6 where there is none', () => {
    const id = '0123456789abcdef0123456789abcdef'
    const text = renderAdminer({ id, names: ['panel.example.test'] }, { ...facts, ipv6: false })
    expect(text).toContain(`    listen 8081 ssl http2;
    server_name _;
    server_tokens off;
    ssl_certificate /etc/hosting-panel/certificates/@server/${id}/fullchain.pem;`)
  })

  it('sends these headers with everything', () => {
    expect(renderAdminerHeaders()).toBe(`# Written by the hosting panel, which puts changes here back.
add_header Content-Security-Policy "default-src 'none'; script-src 'self' 'unsafe-inline'; \
style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; \
frame-ancestors 'none'" always;
add_header X-Content-Type-Options nosniff always;
add_header Referrer-Policy no-referrer always;
add_header Strict-Transport-Security "max-age=31536000" always;
add_header Cross-Origin-Opener-Policy same-origin always;
add_header Cross-Origin-Resource-Policy same-origin always;
add_header Cache-Control no-store always;
`)
  })

  it('keeps addresses out of its log', () => {
    expect(renderHttp(serverFacts)).toContain(
      `log_format hosting_panel_tool '$remote_addr [$time_local] "$request_method $uri" $status $body_bytes_sent';\n`,
    )
  })
})
