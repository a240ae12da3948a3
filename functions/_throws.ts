import type { Thrown } from '../lib/panel/http/define.ts'

/** Errors that several functions have together. */
type Errors = readonly Thrown[]

/** Sites, with all that a new spec makes on the machine. */
export const siteChange = [
  'outcome_unknown',
  'site_busy',
  'sites.apply',
  'sites.plan',
  'supervisor.stop',
] as const satisfies Errors

export const appChange = [...siteChange, 'not_an_app', 'supervisor.list'] as const satisfies Errors

export const appUpdate = [...appChange, 'apps.static'] as const satisfies Errors

/** Starting an app, which may need a port, a Node version and room. */
export const appStart = [
  ...appChange,
  'app_busy',
  'app_failed',
  'apps.prepare',
  'databases.usage',
  'limit_reached',
  'no_free_port',
  'node.install',
  'port_taken',
  'sites.usage',
  'supervisor.start',
] as const satisfies Errors

export const certificateChange = ['certificate_busy', 'certificates.prune', 'outcome_unknown'] as const satisfies Errors

/** Certificates that are made to answer. */
export const certificateServing = [
  ...certificateChange,
  'certificate_not_served',
  'certificates.answer',
] as const satisfies Errors

export const certificateIssue = [
  ...certificateServing,
  'certificate_limit',
  'certificates.check',
  'certificates.issue',
] as const satisfies Errors

/** Settings of the whole server. */
export const serverChange = ['change_pending', 'outcome_unknown', 'server.converge'] as const satisfies Errors

export const databaseChange = [
  'database_busy',
  'databases.apply',
  'databases.plan',
  'outcome_unknown',
] as const satisfies Errors

export const dumpImport = [
  'cancelled',
  'databases.import',
  'databases.recover',
  'limit_reached',
] as const satisfies Errors

export const bansChange = ['bans.apply', 'bans.plan', 'change_pending', 'outcome_unknown'] as const satisfies Errors

export const firewallChange = [
  'address_ignored',
  'change_pending',
  'firewall.apply',
  'firewall.confirm',
  'firewall.plan',
  'firewall.state',
  'outcome_unknown',
] as const satisfies Errors

/** Measuring what somebody has. */
export const measuring = ['databases.usage', 'sites.usage'] as const satisfies Errors
