import { isJson, kebab, type Operation, type Schema } from './document.ts'

/** One value a command takes as an option. */
export interface Field {
  /** Without the dashes: `php-settings.memory-limit-mb`. */
  option: string
  where: 'query' | 'body'
  /** Where in the query or body it goes. */
  path: string[]
  kind: 'text' | 'integer' | 'number' | 'boolean' | 'json'
  /** Many values: the option may be repeated, and each may hold several with commas between. */
  list: boolean
  /** Values by names of one's own: `--env.NAME value`. */
  map: boolean
  nullable: boolean
  required: boolean
  /** Read from standard input when given as `-`. */
  secret: boolean
  choices: string[] | null
  schema: Schema
}

/** Options of every command; a value of the same name is called `field-NAME`. */
export const common = {
  json: 'Print the raw answer',
  plan: 'Show what would change, and change nothing',
  wait: 'Print the job’s id, and do not wait for its end',
  body: 'Read the body from this file, or from standard input (-); options override its fields',
  output: 'Write the answer to this file',
  help: 'Show this help',
} as const

/** Those of them that mean something to an operation. */
export function commonOf({ audit, body, job, answer }: Operation): (keyof typeof common)[] {
  const apply = {
    plan: audit !== null,
    wait: job,
    body: body !== null,
    output: answer !== null && !isJson(answer.type),
    json: true,
    help: true,
  }
  return (Object.keys(common) as (keyof typeof common)[]).filter((name) => apply[name])
}

const secretName = /password|passphrase|secret|token|private-?key|^code$|key$/i

/** Every option of an operation: its query, then its body with nested objects by dots. */
export function fieldsOf(operation: Operation): Field[] {
  const { query, body } = operation
  const fields = query.flatMap(({ name, required, schema }) => toFields([name], 'query', schema, required))
  const inBody = body
    ? propertiesOf(body.schema).flatMap(([name, schema, required]) => toFields([name], 'body', schema, required))
    : []
  const names = new Set(inBody.map(({ option }) => option))
  return [
    ...fields.map((field) => (names.has(field.option) ? { ...field, option: `query-${field.option}` } : field)),
    ...inBody,
    ...removalOf(operation),
  ]
}

/** The values of a body that is a map, given as arguments `NAME=VALUE`; null for other bodies. */
export function mapOf({ body }: Operation): Field | null {
  const { type, properties, additionalProperties } = body?.schema ?? {}
  if (type !== 'object' || properties || typeof additionalProperties !== 'object') return null
  return describe([], 'body', body!.schema, { nullable: false, required: false })
}

/** The option that removes names from such a map, if it takes null for a name. */
function removalOf(operation: Operation): Field[] {
  const map = mapOf(operation)
  if (!map || !withoutNull(map.schema.additionalProperties as Schema).nullable) return []
  const schema = { type: 'array', items: { type: 'string' }, description: 'Remove this name' }
  return [{ ...map, option: 'remove', kind: 'text', list: true, map: false, secret: false, choices: null, schema }]
}

/** The properties of an object; of alternatives, all of them together, required where every one requires it. */
function propertiesOf(schema: Schema): [name: string, schema: Schema, required: boolean][] {
  const parts = [schema, ...(schema.allOf ?? [])]
  const alternatives = schema.anyOf ?? schema.oneOf ?? []
  const found = new Map<string, [Schema, boolean]>()
  for (const part of [...parts, ...alternatives]) {
    for (const [name, inner] of Object.entries(part.properties ?? {})) {
      const required =
        parts.some((one) => one.required?.includes(name)) ||
        (alternatives.length > 0 && alternatives.every((one) => one.required?.includes(name)))
      const earlier = found.get(name)?.[0]
      found.set(name, [earlier ? either(earlier, inner) : inner, required])
    }
  }
  return [...found].map(([name, [inner, required]]) => [name, inner, required])
}

/** Joins two schemas: a value fits one or the other, and two sets of choices become one. */
function either(one: Schema, other: Schema): Schema {
  const [left, right] = [choicesOf(one), choicesOf(other)]
  return left && right ? { ...one, const: undefined, enum: [...new Set([...left, ...right])] } : { anyOf: [one, other] }
}

function toFields(path: string[], where: Field['where'], schema: Schema, required: boolean): Field[] {
  const { nullable, inner } = withoutNull(schema)
  const nested = inner.type === 'object' || inner.properties ? propertiesOf(inner) : []
  const deeper = nested.flatMap(([name, property, needed]) =>
    toFields([...path, name], where, property, required && needed),
  )
  // An object that may be null can be given as null; one without known names, as JSON.
  if (nested.length > 0 && !nullable) return deeper
  return [describe(path, where, inner, { nullable, required: required && nested.length === 0 }), ...deeper]
}

function withoutNull(schema: Schema): { nullable: boolean; inner: Schema } {
  const options = schema.anyOf ?? schema.oneOf ?? []
  const rest = options.filter(({ type }) => type !== 'null')
  if (rest.length === options.length) return { nullable: false, inner: schema }
  const inner =
    rest.length === 1
      ? { ...rest[0]!, description: schema.description ?? rest[0]!.description, default: schema.default }
      : { ...schema, anyOf: rest, oneOf: undefined }
  return { nullable: true, inner }
}

function describe(
  path: string[],
  where: Field['where'],
  schema: Schema,
  { nullable, required }: { nullable: boolean; required: boolean },
): Field {
  const list = schema.type === 'array' && kindOf(schema.items ?? {}) !== 'json'
  const map =
    schema.type === 'object' &&
    !schema.properties &&
    schema.additionalProperties !== undefined &&
    schema.additionalProperties !== false
  const valued = list
    ? schema.items!
    : map && typeof schema.additionalProperties === 'object'
      ? schema.additionalProperties
      : map
        ? {}
        : schema
  const choices = choicesOf(valued)
  const yesOrNo = where === 'query' && choices?.length === 2 && choices.includes('true') && choices.includes('false')
  const option = path.map(kebab).join('.')
  const kind = yesOrNo ? 'boolean' : kindOf(valued)
  return {
    option: Object.hasOwn(common, option) ? `field-${option}` : option,
    where,
    path,
    kind,
    list,
    map,
    nullable,
    required,
    secret: kind === 'text' && secretName.test(path.at(-1) ?? ''),
    choices: kind === 'boolean' ? null : choices,
    schema,
  }
}

function choicesOf({ enum: choices, const: only, anyOf, oneOf }: Schema): string[] | null {
  if (choices) return choices.map(String)
  if (only !== undefined && only !== null) return [String(only)]
  const all = (anyOf ?? oneOf)?.map(choicesOf)
  return all && all.length > 0 && all.every((one) => one !== null) ? all.flat() : null
}

function kindOf(schema: Schema): Field['kind'] {
  const { type, enum: choices, const: only, anyOf, oneOf } = schema
  if (type === 'string') return 'text'
  if (type === 'integer' || type === 'number' || type === 'boolean') return type
  const values = choices ?? (only === undefined ? [] : [only])
  for (const [name, found] of [
    ['string', 'text'],
    ['number', 'number'],
    ['boolean', 'boolean'],
  ] as const) {
    if (values.length > 0 && values.every((one) => typeof one === name)) return found
  }
  const kinds = new Set((anyOf ?? oneOf ?? []).map(kindOf))
  return kinds.has('text') ? 'text' : kinds.size === 1 ? [...kinds][0]! : 'json'
}
