import { randomBytes } from 'node:crypto'

/** A link to the tool is good for this long, once (ms). */
const LINK_TIMEOUT_MS = 60_000
/** Idle time after which people sign on again (ms). */
export const IDLE_TIMEOUT_MS = 30 * 60_000

export interface Account {
  username: string
  password: string
}

interface Ticket {
  /** The stored name of the panel's session that asked for it: no other may use it. */
  session: string
  database: string
  account: Account
  expiresAt: number
}

/** A database that is open in the tool. */
export interface OpenDatabase {
  name: string
  account: Account
  /** Name of PHP's session. */
  php: string
}

interface AdminerSession {
  session: string
  lastSeen: number
  /** The one opened last is the last. */
  databases: Map<string, OpenDatabase>
}

/** In memory alone, as they hold passwords: a restart of the panel ends them. */
const tickets = new Map<string, Ticket>()
const sessions = new Map<string, AdminerSession>()

const secret = (): string => randomBytes(32).toString('base64url')

/** A new ticket for one database. */
export function newTicket(session: string, database: string, account: Account, now: number): string {
  for (const [key, { expiresAt }] of tickets) if (expiresAt <= now) tickets.delete(key)
  const ticket = secret()
  tickets.set(ticket, { session, database, account, expiresAt: now + LINK_TIMEOUT_MS })
  return ticket
}

/** Reads a ticket without using it; null unless it is this session's and good. */
export function readTicket(ticket: string, session: string, now: number): string | null {
  const found = tickets.get(ticket)
  return found && found.session === session && found.expiresAt > now ? found.database : null
}

/**
 * Uses a ticket that was read: its database is open from now on, beside those that are already. Answers the cookie's
 * value, the one it had if that is of this session.
 */
export function useTicket(ticket: string, cookie: string | undefined, now: number): string {
  const { session, database, account } = tickets.get(ticket)!
  tickets.delete(ticket)
  for (const [key, { lastSeen }] of sessions) if (now - lastSeen > IDLE_TIMEOUT_MS) sessions.delete(key)
  const known = cookie === undefined ? undefined : sessions.get(cookie)
  const key = known?.session === session ? cookie! : secret()
  const databases = known?.session === session ? known.databases : new Map<string, OpenDatabase>()
  databases.delete(database)
  databases.set(database, { name: database, account, php: randomBytes(32).toString('hex') })
  sessions.set(key, { session, lastSeen: now, databases })
  return key
}

/** The database a request is for, the one opened last when it names none; null when it is not open in this session. */
export function openDatabase(cookie: string, session: string, name: string, now: number): OpenDatabase | null {
  const found = sessions.get(cookie)
  if (!found || found.session !== session || now - found.lastSeen > IDLE_TIMEOUT_MS) return null
  found.lastSeen = now
  return found.databases.get(name || [...found.databases.keys()].at(-1)!) ?? null
}

export const closeAdminer = (cookie: string): boolean => sessions.delete(cookie)
