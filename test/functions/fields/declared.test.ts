import * as v from 'valibot'
import { expect, it } from 'vitest'
import { restrictionOf } from '../../../lib/model/auth/set-by.ts'
import type { AnyFunction } from '../../../lib/panel/http/define.ts'
import { fieldsOf } from '../../../lib/panel/http/fields.ts'
import { manifest } from '../../../functions/manifest.ts'
import { toOpenApi } from '../../../lib/panel/http/openapi.ts'

interface Schema {
  properties?: Record<string, Schema>
  anyOf?: Schema[]
  'x-set-by'?: string
  'x-others-may'?: string
}
interface Described {
  parameters: { name: string; in: string; schema: Schema }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
}

const operations = Object.entries(
  (toOpenApi(manifest, '0') as { paths: Record<string, Record<string, Described>> }).paths,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, described]) => [`${method.toUpperCase()} ${path}`, described] as const),
)

const flat = (schema: Schema, path = ''): [string, Schema][] =>
  [schema, ...(schema.anyOf ?? [])].flatMap(({ properties = {} }) =>
    Object.entries(properties).flatMap(([name, inner]): [string, Schema][] => [
      [`${path}${name}`, inner],
      ...flat(inner, `${path}${name}.`),
    ]),
  )

const documented = ({ parameters, requestBody }: Described): [string, Schema][] => [
  ...parameters
    .filter((one) => one.in === 'query' && one.name !== 'plan')
    .map(({ name, schema }): [string, Schema] => [`?${name}`, schema]),
  ...flat(requestBody?.content['application/json']?.schema ?? {}),
]

it('says of every field of every body and query who may set it', () => {
  const all = operations.flatMap(([operation, described]) =>
    documented(described).map(([name, schema]) => `${operation} ${name}: ${schema['x-set-by']}`),
  )
  expect(all.length).toBeGreaterThan(120)
  for (const one of all)
    expect(one).toMatch(/: (?:anyone(?: signed in| with [a-z]+:[a-z]+| with account)?|administrator(?: in person)?)$/)
})

it('restricts these fields, and no others', () => {
  const restricted = operations.flatMap(([operation, described]) =>
    documented(described)
      .filter(([, schema]) => schema['x-set-by'] === 'administrator in person' || schema['x-others-may'])
      .map(
        ([name, schema]) =>
          `${operation} ${name}: ` +
          `${schema['x-set-by']}${schema['x-others-may'] ? ` (others: ${schema['x-others-may']})` : ''}`,
      ),
  )
  expect(restricted.sort()).toEqual([
    'PATCH /api/databases/{db} owner: administrator (others: their own name)',
    'PATCH /api/settings/mail account.host: administrator (others: other servers)',
    'PATCH /api/settings/mail account.port: administrator (others: 25, 465, 587, 2525)',
    'PATCH /api/sites/{site} app.memoryMb: administrator (others: at most 1024)',
    'PATCH /api/sites/{site} bodyLimitMb: administrator (others: at most 1024)',
    'PATCH /api/sites/{site} isolation: administrator (others: own)',
    'PATCH /api/sites/{site} owner: administrator (others: their own name)',
    'PATCH /api/sites/{site} phpSettings.maxChildren: administrator (others: at most 20)',
    'PATCH /api/sites/{site} phpSettings.memoryLimitMb: administrator (others: at most 512)',
    'PATCH /api/sites/{site} phpSettings.openBasedir: administrator (others: paths below /usr/share)',
    'PATCH /api/sites/{site} phpSettings.uploadMaxMb: administrator (others: at most 1024)',
    'PATCH /api/sites/{site} proxyTo: administrator (others: other servers)',
    'PATCH /api/sites/{site} trustedProxies: administrator (others: cloudflare)',
    'PATCH /api/sites/{site}/app memoryMb: administrator (others: at most 1024)',
    'PATCH /api/sites/{site}/mail account.host: administrator (others: other servers)',
    'PATCH /api/sites/{site}/mail account.port: administrator (others: 25, 465, 587, 2525)',
    'PATCH /api/users/{user} password: administrator in person',
    'PATCH /api/users/{user} resetSecondFactor: administrator in person',
    'PATCH /api/users/{user} role: administrator in person',
    'POST /api/databases owner: administrator (others: their own name)',
    'POST /api/sites app.memoryMb: administrator (others: at most 1024)',
    'POST /api/sites bodyLimitMb: administrator (others: at most 1024)',
    'POST /api/sites isolation: administrator (others: own)',
    'POST /api/sites owner: administrator (others: their own name)',
    'POST /api/sites phpSettings.maxChildren: administrator (others: at most 20)',
    'POST /api/sites phpSettings.memoryLimitMb: administrator (others: at most 512)',
    'POST /api/sites phpSettings.openBasedir: administrator (others: paths below /usr/share)',
    'POST /api/sites phpSettings.uploadMaxMb: administrator (others: at most 1024)',
    'POST /api/sites proxyTo: administrator (others: other servers)',
    'POST /api/sites trustedProxies: administrator (others: cloudflare)',
    'POST /api/tokens username: administrator in person (others: their own name)',
    'POST /api/users password: administrator in person',
    'POST /api/users role: administrator in person (others: user)',
    'PUT /api/dns-providers/{provider} credentials: administrator (others: credentials for another DNS server)',
  ])
})

/** Every schema inside a schema, wherever valibot keeps it. */
function inside(schema: unknown, seen = new Set<unknown>()): v.GenericSchema[] {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return []
  seen.add(schema)
  const rest = Object.entries(schema)
    .filter(([key]) => key !== 'pipe')
    .flatMap(([, value]) => inside(value, seen))
  return 'kind' in schema && schema.kind === 'schema' ? [schema as unknown as v.GenericSchema, ...rest] : rest
}

it('enforces every restriction that a schema holds: none is where nobody looks', () => {
  for (const [operation, { body, query }] of Object.entries(manifest) as [string, AnyFunction][]) {
    for (const schema of [body, query].filter(Boolean) as v.GenericSchema[]) {
      const held = inside(schema).filter((one) => restrictionOf(one) !== null).length
      expect(fieldsOf(schema).filter(({ declared }) => declared).length, operation).toBeGreaterThanOrEqual(
        held > 0 ? 1 : 0,
      )
      const looked = new Set(fieldsOf(schema).flatMap(({ restriction }) => restriction ?? []))
      for (const one of inside(schema)) if (restrictionOf(one)) expect(looked, operation).toContain(restrictionOf(one))
    }
  }
})
