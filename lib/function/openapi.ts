import { toJsonSchema } from '@valibot/to-json-schema'
import type { GenericSchema } from 'valibot'
import type { AnyFunction } from './define.ts'

const json = (schema: GenericSchema | undefined, typeMode: 'input' | 'output') =>
  schema ? strip({ ...toJsonSchema(schema, { errorMode: 'ignore', typeMode, target: 'draft-2020-12' }) }) : {}

function strip({ $schema: _, ...schema }: Record<string, unknown>): Record<string, unknown> {
  return schema
}

const errorBody = {
  type: 'object',
  required: ['code', 'message'],
  properties: {
    code: { type: 'string', description: 'Stable: scripts may match on it' },
    message: { type: 'string', description: 'What happened and what to do' },
    details: { type: 'object' },
  },
}
const failure = { description: 'Refused', content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } }

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
  }
}

function describe(operation: string, definition: AnyFunction): Record<string, unknown> {
  const open = definition.access === 'public'
  return {
    operationId: operation,
    summary: definition.summary,
    ...(definition.scope && { 'x-scope': definition.scope }),
    ...(definition.audit && { 'x-audit': definition.audit }),
    security: open ? [] : [{ session: [] }],
    parameters: [...parameters(definition.params, 'path'), ...parameters(definition.query, 'query'), ...(definition.audit ? [plan] : [])],
    ...(definition.body && { requestBody: { required: true, content: { 'application/json': { schema: json(definition.body, 'input') } } } }),
    responses: { ...answers(definition), default: failure },
  }
}

const plan = { name: 'plan', in: 'query', schema: { enum: ['true', 'false'] }, description: 'true: answer {changes} and do nothing' }

function answers(definition: AnyFunction): Record<string, unknown> {
  const returns = { content: { [definition.stream ?? 'application/json']: { schema: definition.stream ? { type: 'string' } : json(definition.returns, 'output') } } }
  if (definition.job) return { 202: { description: 'Begun; Location is the job’s address', content: { 'application/json': { schema: { type: 'object', required: ['job'], properties: { job: { type: 'string' } } } } } } }
  if (!definition.returns && !definition.stream) return { 204: { description: 'Done' } }
  return { [definition.status ?? 200]: { description: 'Done', ...returns } }
}

function parameters(schema: GenericSchema | undefined, where: 'path' | 'query'): unknown[] {
  const { properties = {}, required = [] } = json(schema, 'input') as { properties?: Record<string, unknown>; required?: string[] }
  return Object.entries(properties).map(([name, inner]) => ({ name, in: where, required: where === 'path' || required.includes(name), schema: inner }))
}
