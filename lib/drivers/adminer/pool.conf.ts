import { paths } from '../../model/paths.ts'
import { WEB_USER } from '../../model/sites/names.ts'
import type { PhpVersion } from '../../model/sites/schema.ts'
import type { Facts } from '../facts.ts'
import { ADMINER_USER, adminerDirectories, adminerMaster } from './names.ts'

/**
 * Functions that could start a program, open a connection or load code; Adminer needs none of them. MariaDB is reached
 * by mysqli.
 */
const disabled = [
  'exec',
  'passthru',
  'shell_exec',
  'system',
  'proc_open',
  'popen',
  'pcntl_exec',
  'pcntl_fork',
  'dl',
  'mail',
  'putenv',
  'fsockopen',
  'pfsockopen',
  'stream_socket_client',
  'stream_socket_server',
  'stream_socket_pair',
  'socket_create',
  'socket_create_pair',
  'curl_exec',
  'curl_multi_exec',
  'symlink',
  'link',
  'posix_kill',
]

/**
 * Adminer's pool: with systemd the whole configuration of a master of its own, without in the distribution's. Its
 * session's name comes from the panel, so PHP must take one that it has not made itself. What PHP logs does not go
 * through nginx, which would write down the address, and with it data.
 */
export const renderAdminerPool = (
  version: PhpVersion,
  { systemd }: Facts,
): string => `; Written by the hosting panel, which puts changes here back.
${systemd ? own(version) : inDistributionMaster(version)}pm = ondemand
pm.max_children = 4
pm.process_idle_timeout = 10s
pm.max_requests = 500
request_terminate_timeout = 300s
catch_workers_output = yes
decorate_workers_output = no
security.limit_extensions = .php
env[TMPDIR] = ${adminerDirectories.tmp}
php_admin_value[open_basedir] = ${paths.adminer}:${paths.adminerPages}/:${paths.adminerData}/
php_admin_value[disable_functions] = ${disabled.join(',')}
php_admin_flag[allow_url_fopen] = off
php_admin_flag[allow_url_include] = off
php_admin_flag[mysqli.allow_local_infile] = off
php_admin_flag[mysqli.allow_persistent] = off
php_admin_value[upload_tmp_dir] = ${adminerDirectories.tmp}
php_admin_value[sys_temp_dir] = ${adminerDirectories.tmp}
php_admin_value[session.save_handler] = files
php_admin_value[session.save_path] = ${adminerDirectories.sessions}
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

const own = (version: PhpVersion): string => `[global]
daemonize = no
error_log = syslog
syslog.ident = ${ADMINER_USER}
process_control_timeout = 10s
systemd_interval = 0

[${ADMINER_USER}]
listen = ${adminerMaster(version).socket}
`

const inDistributionMaster = (version: PhpVersion): string => `[${ADMINER_USER}]
user = ${ADMINER_USER}
group = ${ADMINER_USER}
listen = ${adminerMaster(version).socket}
listen.owner = ${WEB_USER}
listen.group = ${WEB_USER}
listen.mode = 0600
`
