import { gzipSync } from 'node:zlib'
import type { Random } from '../machine/random.ts'
import { breakJson, hostileText, spoil } from './_hostile.ts'
import { toJson } from './_raw-json.ts'
import type { Operation } from './_attack.ts'
import type { Schema } from './_schema.ts'

export interface Input {
  operation: Operation
  method: string
  /** As it is sent, from `/api`. */
  path: string
  headers: Record<string, string>
  body: Buffer | null
}

/** Values of the parameters and properties of a name: things there are, and things there are not. */
export type Known = Record<string, readonly string[]>

/** Treatment of a call: planned only, surely refused, or done if it is valid. */
type Fate = 'plan' | 'refused' | 'real'

const MIN = 0,
  MAX = 1_000

function drawnText(schema: Schema, name: string, known: Known, random: Random): string {
  if (known[name]) return random.pick(known[name])
  if (schema.format === 'uuid') return '00000000-0000-4000-8000-000000000000'
  if (schema.format?.startsWith('date')) return '2031-01-01T00:00:00.000Z'
  return 'sample'.padEnd(Math.min(schema.minLength ?? 0, 100), 's')
}

/** A value that the schema takes, as far as it says what it takes. */
export function draw(schema: Schema, name: string, known: Known, random: Random): unknown {
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return random.pick(schema.enum)
  if (schema.anyOf) return draw(random.pick(schema.anyOf), name, known, random)
  const type = Array.isArray(schema.type) ? random.pick(schema.type) : schema.type
  if (type === 'null') return null
  if (type === 'boolean') return random.chance(0.5)
  if (type === 'number' || type === 'integer') {
    const [low, high] = [schema.minimum ?? MIN, schema.maximum ?? MAX]
    return random.pick([low, high, low + random.below(Math.min(high - low, 100) + 1), low - 1, high + 1])
  }
  if (type === 'array')
    return Array.from({ length: Math.max(schema.minItems ?? 0, random.below(4)) }, () =>
      draw(schema.items ?? {}, name, known, random),
    )
  if (type !== 'object') return drawnText(schema, name, known, random)
  const kept = Object.entries(schema.properties ?? {}).filter(
    ([key]) => schema.required?.includes(key) || random.chance(0.4),
  )
  const own = Object.fromEntries(kept.map(([key, inner]) => [key, draw(inner, key, known, random)]))
  if (typeof schema.additionalProperties !== 'object') return own
  return { ...own, [random.pick(['KEY', 'OTHER_KEY'])]: draw(schema.additionalProperties, name, known, random) }
}

/** Percent-encodes as UTF-8, whatever is in the text. */
const encoded = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) =>
      /[\w.~-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`,
    )
    .join('')

/** Escapes that are no UTF-8, no escapes, or something else once they are decoded twice. */
const escapes = [
  '%',
  '%zz',
  '%0',
  '%00',
  '%ff',
  '%c0%af',
  '%ed%a0%80',
  '%252e%252e',
  '%2e%2e',
  '%2f',
  '%5c',
  '%u0041',
  '%20',
  '+',
  '~',
  "'",
  '%0d%0aX:%20y',
  '%e2%80%ae',
]

function written(schema: Schema, name: string, known: Known, random: Random): string {
  if (random.chance(0.7)) return encoded(String(draw(schema, name, known, random)))
  if (random.chance(0.4)) return random.pick(escapes)
  return encoded(hostileText(random)).slice(0, random.pick([200, 3_000, 20_000])) || '%20'
}

const notPlans = ['', '1', 'TRUE', 'yes', 'null', 'true%20', 'true,true', '%00', 'false%0d%0a', '[]', '{}']

function query({ parameters, method, mutates }: Operation, fate: Fate, known: Known, random: Random): string {
  const own = parameters
    .filter((each) => each.in === 'query' && random.chance(0.5))
    .map(({ name, schema }) => `${name}=${written(schema, name, known, random)}`)
  const more = random.chance(0.1) ? [`${encoded(hostileText(random)).slice(0, 500)}=${random.pick(escapes)}`] : []
  const twice = own.length > 0 && random.chance(0.1) ? [own[0]!] : []
  if (!mutates || fate === 'real') return [...own, ...more, ...twice].join('&')
  const plan =
    fate === 'plan'
      ? `plan=${random.chance(0.05) ? 'false&plan=true' : 'true'}`
      : random.chance(0.6)
        ? `plan=${random.pick(notPlans)}`
        : `${method}=1&__proto__=1`
  return [...own, ...more, ...twice, plan].join('&')
}

const contentTypes = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/jsonx',
  '',
  'application/json, text/plain',
  'application/json; charset=utf-16',
  'APPLICATION/JSON',
  '*/*',
  'a'.repeat(5_000),
]

const oddHeaders: [string, string][] = [
  ['prefer', 'wait=999999999999'],
  ['prefer', 'wait=-1'],
  ['accept', 'image/png'],
  ['accept', '\xff'],
  ['accept-language', 'x'.repeat(3_000)],
  ['x-forwarded-for', '127.0.0.1, evil'],
  ['x-real-ip', '::1'],
  ['x-hosting-panel-proxy', '0'.repeat(64)],
  ['range', 'bytes=0-'],
  ['if-none-match', '*'],
  ['last-event-id', '-1'],
  ['last-event-id', 'x'.repeat(500)],
  ['origin', 'https://evil.test'],
  ['origin', 'null'],
  ['expect', '100-continue'],
  ['x-http-method-override', 'DELETE'],
  ['content-encoding', 'gzip'],
  ['content-encoding', 'br'],
  ['upgrade', 'websocket'],
  ['forwarded', 'for=127.0.0.1'],
  ['te', 'trailers'],
  ['cookie', '__Host-session=; __Host-session=a'],
]

/** A body with its headers: mostly JSON that is wrong in a place or two. */
function content({ body, uploads }: Operation, known: Known, random: Random): Pick<Input, 'headers' | 'body'> {
  if (!body && !uploads) {
    return random.chance(0.05)
      ? { headers: { 'content-type': 'application/json' }, body: Buffer.from('{"a":1}') }
      : { headers: {}, body: null }
  }
  let value = body ? draw(body, '', known, random) : { sql: hostileText(random) }
  for (let wrong = random.pick([0, 1, 1, 1, 2, 3]); wrong > 0; wrong--) value = spoil(value, random)
  const text = toJson(value)
  const type = random.chance(0.06) ? random.pick(contentTypes) : body ? 'application/json' : random.pick(uploads!)
  const headers: Record<string, string> = type ? { 'content-type': type } : {}
  if (random.chance(0.03)) return { headers: { ...headers, 'content-encoding': 'gzip' }, body: gzipSync(text) }
  return { headers, body: random.chance(0.12) ? breakJson(text, random) : Buffer.from(text) }
}

const otherMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'FOO']

/**
 * One input for one of the operations. `isReal` says whether one may be done if it comes out valid; the others show
 * what they would change (`?plan=true`), or are wrong in at least one place.
 */
export function fuzzed(
  operations: readonly Operation[],
  known: Known,
  random: Random,
  isReal: (operation: Operation) => boolean,
): Input {
  const operation = random.pick(operations)
  const fate: Fate = isReal(operation) && random.chance(0.3) ? 'real' : random.chance(0.65) ? 'plan' : 'refused'
  const address = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    written(
      operation.parameters.find((each) => each.name === name && each.in === 'path')?.schema ?? {},
      name,
      known,
      random,
    ),
  )
  const { headers, body } = content(operation, known, random)
  const odd = random.chance(0.12) ? Object.fromEntries([random.pick(oddHeaders)]) : {}
  if (random.chance(0.03)) {
    // Another method may be another operation's: with a key that none knows it is refused.
    return {
      operation,
      method: random.pick(otherMethods),
      path: `${address}?unknown=1`,
      headers: { ...headers, ...odd },
      body,
    }
  }
  const asked = query(operation, fate, known, random)
  return {
    operation,
    method: operation.method,
    path: asked ? `${address}?${asked}` : address,
    headers: { ...headers, ...odd },
    body,
  }
}
