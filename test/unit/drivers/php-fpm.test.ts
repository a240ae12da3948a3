import { describe, expect, it } from 'vitest'
import { testDistributionMaster, testMaster } from '../../../lib/drivers/php-fpm/commands.ts'
import { renderEnvironment, renderPool } from '../../../lib/drivers/php-fpm/pool.conf.ts'
import { siteSpec } from '../../_site-spec.ts'
import { facts } from '../_facts.ts'

const pool = `pm = ondemand
pm.max_children = 3
pm.process_idle_timeout = 10s
pm.max_requests = 1000
request_terminate_timeout = 65s
catch_workers_output = yes
decorate_workers_output = no
security.limit_extensions = .php
env[TMPDIR] = /var/www/example.test/tmp
php_admin_value[open_basedir] = /var/www/example.test/
php_admin_value[upload_tmp_dir] = /var/www/example.test/tmp
php_admin_value[sys_temp_dir] = /var/www/example.test/tmp
php_admin_value[session.save_path] = /var/www/example.test/sessions
php_value[session.gc_probability] = 1
php_admin_value[error_log] = /var/www/example.test/logs/php.log
php_admin_value[sendmail_path] = /usr/lib/hosting-panel/mail/sendmail -t -i
php_admin_flag[log_errors] = on
php_admin_flag[fastcgi.logging] = off
php_admin_value[memory_limit] = 128M
php_admin_value[max_execution_time] = 60
php_admin_value[upload_max_filesize] = 64M
php_admin_value[post_max_size] = 64M
php_admin_value[max_input_vars] = 1000
php_admin_flag[expose_php] = off
php_flag[display_errors] = off
php_value[date.timezone] = Europe/Berlin
`
const spec = siteSpec({
  runtime: 'php',
  phpVersion: '8.2',
  phpSettings: { maxChildren: 3, timezone: 'Europe/Berlin' },
})

describe('PHP-FPM', () => {
  it('a site’s own master', () => {
    expect(renderPool(spec, facts)).toBe(`; Written by the hosting panel, which puts changes here back.
[global]
daemonize = no
error_log = syslog
syslog.ident = s-example-test-9b263fbc
process_control_timeout = 10s
systemd_interval = 0

[s-example-test-9b263fbc]
listen = /run/hosting-panel/php/s-example-test-9b263fbc.sock
${pool}`)
  })

  it('a pool in the distribution’s master, where there is no systemd', () => {
    expect(renderPool({ ...spec, isolation: 'shared' }, { ...facts, systemd: false }))
      .toBe(`; Written by the hosting panel, which puts changes here back.
[s-example-test-9b263fbc-shared]
user = hosting-panel-shared
group = hosting-panel-shared
listen = /run/hosting-panel/php/s-example-test-9b263fbc-shared.sock
listen.owner = www-data
listen.group = www-data
listen.mode = 0600
${pool}`)
  })

  it('further directives and paths of the site', () => {
    const ini = { 'session.gc_maxlifetime': '7200', short_open_tag: 'on', disable_functions: 'exec,system' }
    const text = renderPool(
      { ...spec, phpSettings: { ...spec.phpSettings, ini, openBasedir: ['/usr/share/php'] } },
      facts,
    )
    expect(text).toContain('php_admin_value[open_basedir] = /var/www/example.test/:/usr/share/php\n')
    expect(text.slice(text.indexOf('php_value[date.timezone]'))).toBe(`php_value[date.timezone] = Europe/Berlin
php_value[session.gc_maxlifetime] = "7200"
php_flag[short_open_tag] = on
php_admin_value[disable_functions] = "exec,system"
`)
  })

  it('the environment names the version', () => {
    expect(renderEnvironment(spec)).toBe('# Written by the hosting panel.\nPHP_VERSION=8.2\n')
    expect(renderEnvironment({ ...spec, storage: 'full' })).toBe(
      '# Written by the hosting panel.\nPHP_VERSION=8.2\nFILE_SIZE=0\n',
    )
  })

  it('commands', () => {
    expect(testMaster('8.2', '/etc/php/8.2/fpm/sites/x.conf', 's-x')).toEqual([
      'setpriv',
      '--reuid=s-x',
      '--regid=s-x',
      '--clear-groups',
      '--no-new-privs',
      '--',
      'php-fpm8.2',
      '-t',
      '--fpm-config',
      '/etc/php/8.2/fpm/sites/x.conf',
    ])
    expect(testDistributionMaster('7.4')).toEqual(['php-fpm7.4', '-t'])
  })
})
