import type { Context } from '../http/context.ts'
import { addAuditEntry } from '../store/audit.ts'

/** Refusals a minute that are on record one by one: of one person or network, and of all strangers together. */
const REFUSALS = 60
const STRANGERS = 300
/** Changes a minute of one person that are on record in full; later ones are there without their details. */
const IN_FULL = 300

const MINUTE = 60_000

interface Window {
  since: number
  refusals: number
  changes: number
  /** How many refusals were left out, by what they were. */
  leftOut: Record<string, number>
  last: { actor: string | null; address: string }
}

/** The author of an action: a person by name, or a stranger by network. */
export interface Doer {
  who: string
  stranger: boolean
  actor: string | null
  address: string
}

const open = new WeakMap<Context, Map<string, Window>>()

/** Whether a refusal gets a row of its own; else it is counted, and one row at the minute's end tells the number. */
export function keepsRefusal(ctx: Context, { who, stranger, ...last }: Doer, action: string): boolean {
  // Once all strangers together have used theirs up, nothing is kept of each network that comes.
  if (stranger && !counts(windowOf(ctx, '(strangers)'), STRANGERS, last, action)) return false
  return counts(windowOf(ctx, who), REFUSALS, last, action)
}

function counts(window: Window, most: number, last: Window['last'], action: string): boolean {
  window.last = last
  if (++window.refusals <= most) return true
  window.leftOut[action] = (window.leftOut[action] ?? 0) + 1
  return false
}

/** Whether a change's row tells what was changed. */
export const tellsInFull = (ctx: Context, { who }: Doer): boolean => ++windowOf(ctx, who).changes <= IN_FULL

function windowOf(ctx: Context, who: string): Window {
  const windows = open.get(ctx) ?? new Map<string, Window>()
  open.set(ctx, windows)
  const found = windows.get(who)
  if (found) return found
  const window: Window = { since: Date.now(), refusals: 0, changes: 0, leftOut: {}, last: { actor: null, address: '' } }
  windows.set(who, window)
  setTimeout(() => close(ctx, who), MINUTE).unref()
  return window
}

function close(ctx: Context, who: string): void {
  const window = open.get(ctx)?.get(who)
  open.get(ctx)?.delete(who)
  if (!window || Object.keys(window.leftOut).length === 0 || !ctx.db.sqlite.open) return
  const details = { since: new Date(window.since).toISOString(), leftOut: window.leftOut }
  const entry = {
    ...window.last,
    at: new Date().toISOString(),
    action: 'audit.left-out',
    object: who,
    ok: false,
    code: 'too_many_refusals',
  }
  try {
    addAuditEntry(ctx.db, { ...entry, details, before: undefined, after: undefined })
  } catch (error) {
    console.error('This could not be put on record:', entry, details, error)
  }
}

/** Puts on record what was left out so far: at the end of the minute, or of the panel. */
export function recordLeftOut(ctx: Context): void {
  for (const who of [...(open.get(ctx)?.keys() ?? [])]) close(ctx, who)
}
