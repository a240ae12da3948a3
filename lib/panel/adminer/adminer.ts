import { getCookie, setCookie, type H3Event } from 'h3'
import type { Identity } from '../../model/auth/identity.ts'
import { PanelError } from '../../model/errors.ts'
import { ports } from '../../model/paths.ts'
import { identify } from '../auth/identify.ts'
import { refuseForeign } from '../auth/ownership.ts'
import { getRow } from '../databases/read.ts'
import type { Context } from '../http/context.ts'
import { findDatabase } from '../store/databases.ts'
import { closeAdminer, newTicket, openDatabase, readTicket, useTicket, type OpenDatabase } from './sessions.ts'

const COOKIE = '__Host-hosting-panel-database'

/**
 * A link that opens the database in Adminer: once, within a minute, in the browser that asked. Throws
 * `database_not_found`, `tool_missing`.
 */
export async function signOn(
  ctx: Context,
  event: H3Event,
  identity: Identity,
  database: string,
): Promise<{ url: string }> {
  const host = hostOf(event)
  getRow(ctx, database)
  const account = await ctx.agent.call('databases.account', { name: database })
  return {
    url: `https://${host}:${ports.adminer}/open/${newTicket(identity.key, database, account, performance.now())}`,
  }
}

/** The host the browser used, without the port; IPv6 in brackets. */
function hostOf(event: H3Event): string {
  const address = `https://${event.req.headers.get('host') ?? ''}`
  if (!URL.canParse(address)) throw new PanelError('bad_request', 400, 'The request has no valid Host header')
  return new URL(address).hostname
}

/** Uses a link: sets the tool's cookie and answers the name of the database. Throws `link_used`. */
export async function openLink(ctx: Context, event: H3Event, ticket: string): Promise<string> {
  const person = await signedIn(ctx, event)
  const database = person && readTicket(ticket, person.key, performance.now())
  if (!database || !mayUse(ctx, person, database))
    throw new PanelError('link_used', 410, 'This link was used, is older than a minute, or belongs to another session')
  const secret = useTicket(ticket, getCookie(event, COOKIE), performance.now())
  setCookie(event, COOKIE, secret, { httpOnly: true, secure: true, sameSite: 'strict', path: '/' })
  return database
}

/** The database a request of the tool's may use, with its account. Throws `tool_closed`. */
export async function useAdminer(ctx: Context, event: H3Event, name: string): Promise<OpenDatabase> {
  const [person, secret] = [await signedIn(ctx, event), getCookie(event, COOKIE)]
  const found = person && secret ? openDatabase(secret, person.key, name, performance.now()) : null
  if (!found || !mayUse(ctx, person!, found.name))
    throw new PanelError('tool_closed', 401, 'This database is not open any more; open it from the panel')
  return found
}

/** Ends what is open in this browser. */
export function leaveAdminer(event: H3Event): void {
  closeAdminer(getCookie(event, COOKIE) ?? '')
}

/** The person whose session of the panel comes along: cookies go to every port of a host. */
async function signedIn(ctx: Context, event: H3Event): Promise<Identity | null> {
  const identity = await identify(ctx, event)
  return identity?.hasSession ? identity : null
}

/** Tells whether a person may use a database now: rights are read anew at each request. */
function mayUse(ctx: Context, person: Identity, db: string): boolean {
  try {
    refuseForeign(ctx, person, { db })
    return person.may('databases:write') && findDatabase(ctx.db, db) !== null
  } catch {
    return false
  }
}
