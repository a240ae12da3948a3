import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Ajv from 'ajv/dist/2020.js'
import type { H3 } from 'h3'
import { expect, onTestFinished } from 'vitest'
import { connectAgent } from '../../lib/panel/clients/agent.ts'
import { createApp } from '../../lib/panel/app.ts'
import { newSetupToken } from '../../lib/panel/auth/setup.ts'
import type { Context } from '../../lib/panel/http/context.ts'
import type { AnyFunction } from '../../lib/panel/http/define.ts'
import { manifest } from '../../functions/manifest.ts'
import { openContext } from '../../lib/panel/open-context.ts'
import { toOpenApi } from '../../lib/panel/http/openapi.ts'

export const administrator = { username: 'admin', password: 'correct horse battery' }
export const origin = 'https://panel.test:8080'

export interface Answer {
  status: number
  headers: Headers
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of every shape
  body: any
}

export interface Panel {
  app: H3
  ctx: Context
  call: (
    operation: string,
    options?: { path?: string; body?: unknown; headers?: Record<string, string>; address?: string },
  ) => Promise<Answer>
  /** Sets the administrator up and signs in; later calls carry the cookie. */
  signIn: () => Promise<void>
}

const ajv = new Ajv.Ajv2020({ strict: false, validateFormats: false })

interface Response {
  content?: Record<string, { schema: object }>
  'x-codes'?: string[]
}

interface OpenApi {
  paths: Record<string, Record<string, { responses: Record<string, Response> }>>
}

/** Answers of the app itself, where no function is. */
const ofNoFunction = ['method_not_allowed', 'not_found']

/**
 * A good answer is what the OpenAPI document says it is; a bad one has a message, and a code that the function, or its
 * job, declares.
 */
function expectAsDocumented({ paths }: OpenApi, operation: string, status: number, body: unknown): void {
  const [method, path] = operation.split(' ') as [string, string]
  const responses = paths[path]?.[method.toLowerCase()]?.responses
  const response = responses?.[status]
  if (status >= 400) {
    expect(body).toMatchObject({ code: expect.stringMatching(/^[a-z_]+$/), message: expect.any(String) })
    const { code } = body as { code: string }
    if (!ofNoFunction.includes(code)) expect(response?.['x-codes'], `${operation}: ${status}`).toContain(code)
    return
  }
  expect(response, `${operation} answered ${status}, which is not documented`).toBeDefined()
  const failed = (body as { error?: { code: string } | null }).error?.code
  if (responses?.[202] && failed) expect(responses[202]['x-codes'], `${operation}: its job`).toContain(failed)
  const [schema] = Object.values(response!.content ?? {})
  if (!schema) return expect(body).toBe('')
  expect(ajv.validate(schema.schema, body), `${operation}: ${ajv.errorsText()}`).toBe(true)
}

const documents = new Map<Record<string, AnyFunction>, OpenApi>()

/** The document of some functions. Made once a file: so each of its schemas is compiled once. */
function documentOf(functions: Record<string, AnyFunction>): OpenApi {
  const document = documents.get(functions) ?? (toOpenApi(functions, '0') as unknown as OpenApi)
  documents.set(functions, document)
  return document
}

/** The whole panel in this process over a database of its own. Its agent is a socket where nobody listens. */
export async function openPanel(functions: Record<string, AnyFunction> = manifest): Promise<Panel> {
  // In memory: a test waits for no disk.
  const directory = mkdtempSync('/dev/shm/hosting-panel-')
  const ctx = await openContext(join(directory, 'panel.db'), connectAgent(join(directory, 'agent.sock'), 0))
  onTestFinished(() => {
    ctx.db.close()
    rmSync(directory, { recursive: true })
  })
  const openApi = documentOf(functions)
  const app = createApp(ctx, functions, (event) => event.req.headers.get('x-test-address') ?? '192.0.2.1')
  let cookie = ''
  const call: Panel['call'] = async (operation, { path, body, headers, address } = {}) => {
    const [method, route] = operation.split(' ') as [string, string]
    const response = await app.fetch(
      new Request(`${origin}${path ?? route}`, {
        method,
        headers: {
          host: 'panel.test:8080',
          ...(method !== 'GET' && { origin }),
          ...(cookie && { cookie }),
          ...(address && { 'x-test-address': address }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    )
    const text = await response.text()
    const json =
      text && response.headers.get('content-type')?.startsWith('application/json')
        ? (JSON.parse(text) as unknown)
        : text
    expectAsDocumented(openApi, operation, response.status, json)
    return { status: response.status, headers: response.headers, body: json }
  }
  const signIn = async () => {
    const token = await newSetupToken(ctx)
    if (token) expect((await call('POST /api/setup', { body: { token, ...administrator } })).status).toBe(201)
    const answer = await call('POST /api/session', { body: administrator })
    expect(answer.status).toBe(200)
    cookie = answer.headers.get('set-cookie')!.split(';')[0]!
  }
  return { app, ctx, call, signIn }
}
