export interface Schema {
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  pattern?: string
  format?: string
  minimum?: number
  maximum?: number
  minLength?: number
  minItems?: number
  additionalProperties?: boolean | Schema
}

/** A value that a schema takes, as small as it can be. */
export function sample(schema: Schema, name = ''): unknown {
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  if (schema.anyOf) return sample(schema.anyOf[0]!, name)
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'object')
    return Object.fromEntries((schema.required ?? []).map((key) => [key, sample(schema.properties?.[key] ?? {}, key)]))
  if (type === 'array') return schema.items ? [sample(schema.items, name)] : []
  if (type === 'number' || type === 'integer') return 1
  if (type === 'boolean') return false
  return known[name] ?? 'sample'
}

const known: Record<string, string> = {
  site: 'attacked.test',
  domain: 'attacked.test',
  username: 'nobody',
  user: 'nobody',
  password: 'a password for an attack',
  address: '198.51.100.9',
  job: '00000000-0000-4000-8000-000000000000',
  rule: '00000000-0000-4000-8000-000000000000',
  token: '00000000-0000-4000-8000-000000000000',
  session: '0123456789abcdef',
  db: 'attacked',
  database: 'attacked',
  dump: 'd'.repeat(32),
  query: '7',
}

/** Every place in a schema where a string goes, as a way to put one there. */
export function strings(schema: Schema, name = ''): ((value: string) => unknown)[] {
  if (schema.anyOf) return schema.anyOf.flatMap((one) => strings(one, name))
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'string' || schema.enum) return [(value) => value]
  if (type === 'array' && schema.items) return strings(schema.items, name).map((put) => (value: string) => [put(value)])
  if (type !== 'object') return []
  const base = sample(schema, name) as object
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) =>
    strings(inner, key).map((put) => (value: string) => ({ ...base, [key]: put(value) })),
  )
}

/** A path with its parameters filled in. */
export const filled = (path: string, values: Record<string, string>): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(values[name] ?? String(sample({ type: 'string' }, name))),
  )
