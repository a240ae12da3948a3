import * as v from 'valibot'
import { network } from '../network.ts'

/** The jails the panel looks after. */
export const jailNames = [
  'hosting-panel',
  'sshd',
  'nginx-http-auth',
  'nginx-botsearch',
  'nginx-limit-req',
  'vsftpd',
  'proftpd',
  'pure-ftpd',
] as const
export const ownJail = v.picklist(jailNames)
export type OwnJail = v.InferOutput<typeof ownJail>

/**
 * Jails whose bans nginx holds too: a visitor behind a proxy comes to the firewall with the proxy's address. By what
 * they close.
 */
export const visitorJails = {
  sites: ['nginx-http-auth', 'nginx-botsearch', 'nginx-limit-req'],
  panel: ['hosting-panel'],
} as const satisfies Record<string, readonly OwnJail[]>

/** Any jail of this server's Fail2ban: somebody may have made more. */
export const jailName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'Write the name of a jail, such as sshd'),
)

const integer = (minimum: number, maximum: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(minimum), v.maxValue(maximum))

/** A year. */
const LONGEST = 525_600

export const banMinutes = integer(1, LONGEST)

export const jailSettings = v.strictObject({
  enabled: v.boolean(),
  /** So many failures … */
  maxRetry: integer(1, 100),
  /** … within so many minutes … */
  findMinutes: integer(1, 1440),
  /** … close the door for so many. */
  banMinutes,
})
export type JailSettings = v.InferOutput<typeof jailSettings>

export const ignoreList = v.pipe(
  v.array(network),
  v.maxLength(100),
  v.transform((list) => [...new Set(list)]),
)

/** Desired state of Fail2ban: addresses that are never banned, and every jail's numbers. */
export const bansSpec = v.strictObject({
  ignore: ignoreList,
  /** Proxies that sites trust, which are never banned either. */
  proxies: v.array(network),
  jails: v.strictObject(
    Object.fromEntries(jailNames.map((name) => [name, jailSettings])) as Record<OwnJail, typeof jailSettings>,
  ),
})
export type BansSpec = v.InferOutput<typeof bansSpec>

/** One ban as Fail2ban knows it. */
export const liveBan = v.strictObject({
  address: v.string(),
  jail: v.string(),
  /** ISO 8601; null when Fail2ban keeps no record. */
  since: v.nullable(v.string()),
  until: v.nullable(v.string()),
  /** The log lines that led to it, the latest last; none for a ban by hand. */
  lines: v.array(v.string()),
  /** Whether it meets the address behind a trusted proxy, too. */
  behindProxies: v.boolean(),
})
export type LiveBan = v.InferOutput<typeof liveBan>

/** One jail as the machine has it. */
export const jailState = v.strictObject({
  name: ownJail,
  /** Why it cannot be had here; null when it can. */
  missing: v.nullable(v.string()),
  /** The log it reads, or `systemd’s journal`; null when it cannot be had. */
  reads: v.nullable(v.string()),
  /** Ports that a ban closes: numbers, or `all`. */
  ports: v.string(),
  /** Whether Fail2ban runs it right now. */
  live: v.boolean(),
})
export type JailState = v.InferOutput<typeof jailState>
