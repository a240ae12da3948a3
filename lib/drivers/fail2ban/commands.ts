import type { Argv } from '../../system/run.ts'

const client = 'fail2ban-client'

/** Checks the whole configuration as it is on disk; the running server is not asked. */
export const testConfiguration = (): Argv => [client, '-t']

/** Takes the configuration up; bans stay. */
export const reload = (): Argv => [client, 'reload']

/**
 * The same, each jail begun anew and its bans taken from Fail2ban's records: a reload loses an action that is another
 * one now.
 */
export const restartJails = (): Argv => [client, 'reload', '--restart']

/** Names the action of a jail. */
export const actions = (jail: string): Argv => [client, 'get', jail, 'actions']

/** The names of the running jails. */
export const status = (): Argv => [client, 'status']

/** Every banned address of every jail. */
export const banned = (): Argv => [client, 'banned']

/** Every address a jail bans, and until when. */
export const banTimes = (jail: string): Argv => [client, 'get', jail, 'banip', '--with-time']

/** Answers how many were not banned before. An address that is banned already is banned for longer. */
export const ban = (jail: string, address: string): Argv => [client, 'set', jail, 'banip', address]

/** Answers how many were banned. */
export const unban = (address: string, jail: string | null): Argv =>
  jail === null ? [client, 'unban', address] : [client, 'set', jail, 'unbanip', address]

/** Works only where the kernel lets nftables be used, which a plain container may not. */
export const firewallTables = (): Argv => ['nft', 'list', 'tables']
