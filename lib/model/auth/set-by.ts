import * as v from 'valibot'
import { PanelError } from '../errors.ts'
import type { Identity } from './identity.ts'
import { ROOT } from './usernames.ts'

/**
 * Setter of a field. `administrator`: an administrator, also by a token that is bound to no site. `session`: an
 * administrator with a session, or root at the server's command line.
 */
type Setter = 'administrator' | 'session'

/** The values that everybody else may give, and how the documentation says so. */
interface Values {
  words: string
  accepts: (value: unknown, identity: Identity) => boolean
}

export interface Restriction {
  setter: Setter
  othersMay: Values | null
}

const MARK = Symbol('set by')

function restricted<S extends v.GenericSchema>(schema: S, setter: Setter, othersMay?: readonly unknown[] | Values): S {
  const values = Array.isArray(othersMay) ? oneOf(othersMay as unknown[]) : ((othersMay as Values | undefined) ?? null)
  const restriction: Restriction = { setter, othersMay: values }
  return v.pipe(schema as v.GenericSchema, v.metadata({ [MARK]: restriction })) as unknown as S
}

/** A field that only administrators set, but for the values that `othersMay` give. */
export const forAdministrators = <S extends v.GenericSchema>(
  schema: S,
  { othersMay }: { othersMay?: readonly unknown[] | Values } = {},
): S => restricted(schema, 'administrator', othersMay)

/** A field that no token sets, but for the values that `othersMay` give: what it opens outlives the token. */
export const forSessions = <S extends v.GenericSchema>(
  schema: S,
  { othersMay }: { othersMay?: readonly unknown[] | Values } = {},
): S => restricted(schema, 'session', othersMay)

const oneOf = (values: readonly unknown[]): Values => ({
  words: values.map(String).join(', '),
  accepts: (value) => values.includes(value),
})

/** Lets callers give their own name; an administrator's token for one site may not, as it would take the site over. */
export const themselves: Values = {
  words: 'their own name',
  accepts: (value, { username, role, site }) => value === username && (role === 'user' || site === null),
}

/** Lets users give a number up to this one. */
export const atMost = (most: number): Values => ({
  words: `at most ${most}`,
  accepts: (value) => typeof value === 'number' && value <= most,
})

/** The restriction of a schema itself, not of what is in it. */
export const restrictionOf = (schema: v.GenericSchema): Restriction | null =>
  ((v.getMetadata(schema) as Record<symbol, unknown>)[MARK] as Restriction | undefined) ?? null

/** Whether somebody acts as an administrator in person, or as the server's root: not by a token that could leak. */
export const withSession = ({ role, hasSession, username }: Identity): boolean =>
  role === 'admin' && (hasSession || username === ROOT)

const isA = (identity: Identity, setter: Setter): boolean =>
  setter === 'session' ? withSession(identity) : identity.role === 'admin' && identity.site === null

/** Whether somebody may give a field this value. */
export const maySet = ({ setter, othersMay }: Restriction, value: unknown, identity: Identity | null): boolean =>
  identity !== null && (isA(identity, setter) || (othersMay?.accepts(value, identity) ?? false))

/** Refuses tokens, whatever their scopes: only people may do this. Throws `session_needed`. */
export function refuseTokens(identity: Identity, what: string): void {
  if (!withSession(identity)) {
    throw new PanelError(
      'session_needed',
      403,
      `${what} needs an administrator who is signed in, or root at the ` +
        'server’s command line; a token cannot do it',
    )
  }
}
