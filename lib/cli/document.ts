/** Part of a JSON schema that the command line reads. */
export interface Schema {
  type?: string
  enum?: unknown[]
  const?: unknown
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  minimum?: number
  maximum?: number
  maxItems?: number
  default?: unknown
  description?: string
  /** Group of users that may set it. */
  'x-set-by'?: string
  /** Values that other users may give. */
  'x-others-may'?: string
}

interface Media {
  content?: Record<string, { schema?: Schema }>
}

interface Described {
  summary: string
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema }[]
  requestBody?: Media
  responses: Record<string, Media>
  'x-scope'?: string
  'x-audit'?: string
  'x-command'?: { words: string; rest: string }
}

/** The OpenAPI document, as far as the command line reads it. */
export interface Document {
  info: { version: string }
  paths: Record<string, Record<string, Described>>
}

/** One operation of the panel. */
export interface Operation {
  method: string
  /** `/api/sites/{site}`. */
  path: string
  summary: string
  scope: string | null
  /** The name of its audit entry; only what changes something has one, and only that can be planned. */
  audit: string | null
  /** Words that people type for it, and the field that takes those after `--`; null: those of its path. */
  command: { words: string; rest: string } | null
  /** The path's parameters, in its order. */
  params: string[]
  query: { name: string; required: boolean; schema: Schema }[]
  body: { type: string; schema: Schema } | null
  /** Form of a good answer. */
  answer: { type: string; schema: Schema } | null
  /** Long work: it answers a job's address, and goes on. */
  job: boolean
}

/** Every operation of the document, in its order. */
export function operationsOf({ paths }: Document): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => toOperation(method.toUpperCase(), path, described)),
  )
}

function toOperation(method: string, path: string, described: Described): Operation {
  const audit = described['x-audit'] ?? null
  return {
    method,
    path,
    audit,
    summary: described.summary,
    scope: described['x-scope'] ?? null,
    command: described['x-command'] ?? null,
    params: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!),
    query: (described.parameters ?? [])
      .filter((one) => one.in === 'query' && !(audit && one.name === 'plan'))
      .map(({ name, required = false, schema = {} }) => ({ name, required, schema })),
    body: mediaOf(described.requestBody),
    job: '202' in described.responses,
    answer: mediaOf(described.responses['201'] ?? described.responses['200']),
  }
}

function mediaOf(media: Media | undefined): { type: string; schema: Schema } | null {
  const [first] = Object.entries(media?.content ?? {})
  return first ? { type: first[0], schema: first[1].schema ?? {} } : null
}

/**
 * camelCase and snake_case as people type it: `phpVersion` is `php-version`. A variable's name, `API_KEY`, is its own.
 */
export const kebab = (name: string): string =>
  /^[A-Z_]/.test(name)
    ? name
    : name
        .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
        .replaceAll('_', '-')
        .toLowerCase()

export const isJson = (type: string): boolean => type.startsWith('application/json')
