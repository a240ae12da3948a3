import { toJsonSchema } from '@valibot/to-json-schema'
import { array, type GenericSchema, strictObject } from 'valibot'
import { errorCodes, type ErrorCode } from '../../model/error-codes.ts'
import { change } from '../../model/protocol/change.ts'
import { job } from '../jobs/read.ts'
import { failuresOf, refusalsOf } from './codes.ts'
import type { AnyFunction } from './define.ts'
import { withSetters } from './fields.ts'

const json = (schema: GenericSchema | undefined, typeMode: 'input' | 'output') =>
  schema ? strip({ ...toJsonSchema(schema, { errorMode: 'ignore', typeMode, target: 'draft-2020-12' }) }) : {}

function strip({ $schema: _, ...schema }: Record<string, unknown>): Record<string, unknown> {
  return schema
}

const errorBody = {
  type: 'object',
  required: ['code', 'message'],
  properties: {
    code: { type: 'string', description: 'Stable code; scripts may compare it' },
    message: { type: 'string', description: 'What happened and what to do' },
    details: { type: 'object' },
  },
}
const failure = {
  description: 'Refused',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
}

/** OpenAPI 3.1 of every function, from their declarations alone. */
export function toOpenApi(manifest: Record<string, AnyFunction>, version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [operation, definition] of Object.entries(manifest)) {
    const [method, path] = operation.split(' ') as [string, string]
    paths[path] = { ...paths[path], [method.toLowerCase()]: describe(operation, definition) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Hosting Panel', version, description: 'Every operation of the panel' },
    components: {
      schemas: { Error: errorBody },
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: '__Host-session' } },
    },
    paths,
    // Every code of an error, with its status or statuses.
    'x-error-codes': errorCodes,
  }
}

function describe(operation: string, definition: AnyFunction): Record<string, unknown> {
  const open = definition.access === 'public'
  return {
    operationId: operation,
    summary: definition.summary,
    ...(definition.scope && { 'x-scope': definition.scope }),
    ...(definition.audit && { 'x-audit': definition.audit }),
    ...(definition.command && { 'x-command': definition.command }),
    ...(definition.perMinute && { 'x-per-minute': definition.perMinute }),
    security: open ? [] : [{ session: [] }],
    parameters: [
      ...parameters(json(definition.params, 'input'), 'path'),
      ...parameters(withSetters(json(definition.query, 'input'), definition.query, definition), 'query'),
      ...(definition.audit ? [plan] : []),
    ],
    ...(definition.body && {
      requestBody: {
        required: true,
        ...content(withSetters(json(definition.body, 'input'), definition.body, definition)),
      },
    }),
    ...(definition.accepts && {
      requestBody: {
        required: true,
        content: Object.fromEntries(
          definition.accepts.map((type) => [type, { schema: { type: 'string', format: 'binary' } }]),
        ),
      },
    }),
    responses: { ...answers(definition), ...refusals(definition), default: failure },
  }
}

/** Errors of a call by their status; a code that has several statuses is at each. */
function refusals(definition: AnyFunction): Record<string, unknown> {
  const codes = refusalsOf(definition)
  const statuses = new Set(codes.flatMap(statusesOf))
  return Object.fromEntries(
    [...statuses].map((status) => [
      status,
      { ...failure, 'x-codes': codes.filter((code) => statusesOf(code).includes(status)) },
    ]),
  )
}

const statusesOf = (code: ErrorCode): number[] => [errorCodes[code]].flat()

const changes = strictObject({ changes: array(change) })
const plan = {
  name: 'plan',
  in: 'query',
  schema: { enum: ['true', 'false'] },
  description: 'true: answer the changes and make none',
}

const content = (schema: unknown, type = 'application/json') => ({ content: { [type]: { schema } } })

/** Good answers: the function's own, a job's address (or the job, for callers who wait), or a plan's changes. */
function answers(definition: AnyFunction): Record<string, unknown> {
  const { job: isJob, stream, returns, status, audit } = definition
  if (stream) return { 200: { description: 'A stream', ...content({ type: 'string' }, stream) } }
  const usual = status ?? (returns ? 200 : 204)
  const good = { description: 'Done', ...(returns && content(json(returns, 'output'))) }
  if (!audit) return { [usual]: good }
  const atOnce = isJob ? [json(job, 'output')] : usual === 200 ? [json(returns, 'output')] : []
  return {
    ...(isJob
      ? { 202: { description: begunWords, ...content(begun), 'x-codes': failuresOf(definition) } }
      : { [usual]: good }),
    200: {
      description: 'Done; with ?plan=true, the changes that it would make',
      ...content({ anyOf: [...atOnce, json(changes, 'output')] }),
    },
  }
}

const begunWords = 'Begun; Location is the job’s address. If it fails, its error has one of x-codes'
const begun = {
  type: 'object',
  required: ['job'],
  properties: { job: { type: 'string' } },
  additionalProperties: false,
}

function parameters(schema: Record<string, unknown>, where: 'path' | 'query'): unknown[] {
  const { properties = {}, required = [] } = schema as { properties?: Record<string, unknown>; required?: string[] }
  return Object.entries(properties).map(([name, inner]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: inner,
  }))
}
