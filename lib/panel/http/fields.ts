import type { GenericSchema } from 'valibot'
import type { Identity } from '../../model/auth/identity.ts'
import { roleMay } from '../../model/auth/scopes.ts'
import { maySet, restrictionOf, type Restriction } from '../../model/auth/set-by.ts'
import { PanelError } from '../../model/errors.ts'
import type { AnyFunction } from './define.ts'

interface Field {
  path: string[]
  /** Its own, or that of the object it is in. */
  restriction: Restriction | null
  /** Whether it is its own. */
  declared: boolean
}

interface Shape {
  wrapped?: GenericSchema
  entries?: Record<string, GenericSchema>
}

/** Every field of a body or a query, those of nested objects too. */
export function fieldsOf(
  schema: GenericSchema | undefined,
  path: string[] = [],
  inherited: Restriction | null = null,
): Field[] {
  return Object.entries(schema ? objectIn(schema) : {}).flatMap(([name, inner]) => {
    const own =
      layers(inner)
        .map(restrictionOf)
        .find((one) => one !== null) ?? null
    const restriction = own ?? inherited
    const field = { path: [...path, name], restriction, declared: own !== null }
    return [field, ...fieldsOf(inner, field.path, restriction)]
  })
}

/** A schema and those it is wrapped around: `optional`, `nullable`. */
function layers(schema: GenericSchema): GenericSchema[] {
  const { wrapped } = schema as Shape
  return wrapped ? [schema, ...layers(wrapped)] : [schema]
}

const objectIn = (schema: GenericSchema): Record<string, GenericSchema> =>
  (layers(schema).at(-1) as Shape).entries ?? {}

/** Refuses fields that the caller may not set. Looks up the fields of a function once. Throws `field_not_allowed`. */
export function fieldGuard({ query, body }: Pick<AnyFunction, 'query' | 'body'>) {
  const restricted = (['query', 'body'] as const).flatMap((where) =>
    fieldsOf((where === 'query' ? query : body) as GenericSchema | undefined).flatMap(
      ({ path, restriction, declared }) => (declared ? [{ where, path, restriction: restriction! }] : []),
    ),
  )
  return (input: { query: unknown; body: unknown }, identity: Identity | null): void => {
    for (const { where, path, restriction } of restricted) {
      const value = path.reduce<unknown>(
        (outer, name) => (outer as Record<string, unknown> | null | undefined)?.[name],
        input[where],
      )
      if (value !== undefined && !maySet(restriction, value, identity)) throw notAllowed(path.join('.'), restriction)
    }
  }
}

function notAllowed(field: string, { setter, othersMay }: Restriction): PanelError {
  const who = setter === 'session' ? 'a signed-in administrator sets this, no token' : 'an administrator sets this'
  const others = othersMay ? `; others may give ${othersMay.words}` : ''
  return new PanelError('field_not_allowed', 403, `${field}: Only ${who}${others}`, { field })
}

interface Json {
  properties?: Record<string, Json>
  anyOf?: Json[]
  [key: `x-${string}`]: string
}

/** Adds to a body's or query's JSON schema who may set each field (`x-set-by`), and the values that others may give. */
export function withSetters(
  json: Record<string, unknown>,
  schema: GenericSchema | undefined,
  definition: AnyFunction,
): Record<string, unknown> {
  const usual = usualSetter(definition)
  for (const { path, restriction } of fieldsOf(schema)) {
    const place = path.reduce<Json | undefined>(inner, json as Json)
    if (!place) continue
    const own = restriction?.setter === 'session' ? 'administrator in person' : 'administrator'
    place['x-set-by'] = restriction ? own : usual
    if (restriction?.othersMay) place['x-others-may'] = restriction.othersMay.words
  }
  return json
}

const inner = (json: Json | undefined, name: string): Json | undefined =>
  json?.properties?.[name] ?? json?.anyOf?.map((one) => one.properties?.[name]).find((one) => one !== undefined)

function usualSetter({ scope, access }: AnyFunction): string {
  if (access === 'public') return 'anyone'
  if (scope && !roleMay('user', scope)) return 'administrator'
  return scope ? `anyone with ${scope}` : 'anyone signed in'
}
