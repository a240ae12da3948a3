import type { ErrorCode } from '../error-codes.ts'

/** Codes that many operations have together; test/unit/house/throws.test.ts compares them with the code. */
type Codes = readonly ErrorCode[]

export const mariadb = [
  'mariadb_busy',
  'mariadb_down',
  'mariadb_failed',
  'mariadb_full',
  'mariadb_read_only',
  'mariadb_refuses_root',
] as const satisfies Codes

/** Accounts and databases. */
export const databaseChange = [
  ...mariadb,
  'database_exists',
  'database_secret_missing',
  'username_taken',
] as const satisfies Codes

/** A dump, once an import that was cut off has been taken back. */
export const dump = [...mariadb, 'cancelled', 'disk_full', 'dump_failed', 'not_put_back'] as const satisfies Codes

export const dumpImport = [
  ...dump,
  'account_missing',
  'database_missing',
  'database_secret_missing',
  'dump_bomb',
  'dump_not_found',
  'dump_refused',
  'dump_truncated',
  'import_failed',
  'limit_reached',
  'not_a_dump',
] as const satisfies Codes

export const redis = ['redis_down', 'redis_failed', 'redis_foreign', 'redis_missing'] as const satisfies Codes

export const fail2ban = ['fail2ban_down', 'fail2ban_failed', 'fail2ban_missing'] as const satisfies Codes
const fail2banLoad = ['fail2ban_already_broken', 'fail2ban_check_failed', 'fail2ban_reload_failed'] as const

/** Every change of the machine. */
const change = ['command_failed', 'disk_full', 'path_taken', 'read_only'] as const satisfies Codes

export const phpChange = [...change, 'php_check_failed', 'proxy_secret_missing'] as const satisfies Codes
export const bansChange = [...change, ...fail2ban, ...fail2banLoad] as const satisfies Codes
export const firewallChange = [
  ...change,
  'firewall_failed',
  'firewall_unavailable',
  'firewall_waits',
  'invalid_input',
  'rule_exists',
  'would_lock_out',
] as const satisfies Codes

/** Plans of a change of the whole server; and of a site, which may get another domain. */
const wholePlan = ['php_version_missing', 'proxy_secret_missing'] as const satisfies Codes
export const sitePlan = [...wholePlan, ...redis, 'account_missing', 'path_taken'] as const satisfies Codes
export const nginxChange = [
  ...change,
  'directives_refused',
  'nginx_already_broken',
  'nginx_check_failed',
  'nginx_reload_failed',
] as const satisfies Codes

const sitesChange = [
  ...nginxChange,
  ...wholePlan,
  'account_failed',
  'accounts_locked',
  'php_check_failed',
] as const satisfies Codes
export const siteChange = [...sitesChange, ...sitePlan] as const satisfies Codes

export const serverPlan = [...wholePlan, ...mariadb, 'database_secret_missing'] as const satisfies Codes
export const serverChange = [
  ...sitesChange,
  ...serverPlan,
  ...fail2banLoad,
  ...redis,
  'filter_failed',
  'firewall_failed',
  'mariadb_check_failed',
  'mariadb_restart_failed',
  'redis_check_failed',
] as const satisfies Codes

export const dnsProblem = [
  'challenge_unreachable',
  'dns_elsewhere',
  'dns_failing',
  'dns_missing',
  'dns_unanswered',
] as const satisfies Codes

export const certbot = [
  'authority_refuses',
  'authority_unreachable',
  'authority_untrusted',
  'ca_file_unusable',
  'caa_forbids',
  'certbot_ended',
  'certbot_failed',
  'certbot_missing',
  'certificate_invalid',
  'challenge_failed',
  'clock_wrong',
  'command_failed',
  'disk_full',
  'dns_credentials_missing',
  'dns_failed',
  'rate_limited',
] as const satisfies Codes
