/** Everything a caller can be allowed, and what it means to a person. */
export const scopes = {
  'sites:read': 'See sites and their settings',
  'sites:write': 'Create, change and delete sites',
  'commands:write': 'Run commands in sites, as their users',
  'databases:read': 'See databases, their users and running queries, and export them',
  'databases:write': 'Create, change, import into and delete databases',
  'php:read': 'See PHP versions',
  'php:write': 'Install and remove PHP versions',
  'node:read': 'See Node versions',
  'node:write': 'Install, update and remove Node versions',
  'server:read': 'See the server’s settings and its drift',
  'server:write': 'Change the server’s settings and undo drift',
  'dns:read': 'See which DNS providers have credentials',
  'dns:write': 'Save and delete credentials for DNS providers',
  'jobs:read': 'See jobs',
  'jobs:write': 'Cancel jobs',
  'firewall:read': 'See the firewall',
  'firewall:write': 'Change the firewall',
  'bans:read': 'See bans and jails',
  'bans:write': 'Ban, unban and change jails',
  'audit:read': 'Read the audit log',
  'users:read': 'See users and their limits',
  'users:write': 'Add, change and delete users',
  'tokens:read': 'See API tokens',
  'tokens:write': 'Make and delete API tokens',
} as const

export type TokenScope = keyof typeof scopes

/** Scopes that a function may ask for. The last three are a person's own and cannot be given to a token. */
export type Scope = TokenScope | 'account' | 'session' | 'setup'

/** Scopes of users who are no administrators, on what is their own. */
const forUsers: ReadonlySet<string> = new Set<Scope>([
  'sites:read',
  'sites:write',
  'commands:write',
  'databases:read',
  'databases:write',
  'php:read',
  'node:read',
  'dns:read',
  'dns:write',
  'jobs:read',
  'jobs:write',
  'tokens:read',
  'tokens:write',
  'account',
  'session',
])

/** Scopes that a token bound to one site may have. */
const forOneSite: ReadonlySet<string> = new Set<Scope>([
  'sites:read',
  'sites:write',
  'commands:write',
  'databases:read',
  'databases:write',
  'php:read',
  'node:read',
  'jobs:read',
  'jobs:write',
])

export const roleMay = (role: 'admin' | 'user', scope: string): boolean => role === 'admin' || forUsers.has(scope)

export const siteTokenMay = (scope: string): boolean => forOneSite.has(scope)
