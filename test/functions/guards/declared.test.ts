import Ajv from 'ajv/dist/2020.js'
import { expect, it } from 'vitest'
import { createApp } from '../../../lib/panel/app.ts'
import type { Context } from '../../../lib/panel/http/context.ts'
import { PanelError } from '../../../lib/model/errors.ts'
import { defineFunction, type AnyFunction } from '../../../lib/panel/http/define.ts'
import { manifest } from '../../../functions/manifest.ts'
import { toOpenApi } from '../../../lib/panel/http/openapi.ts'
import { listAuditEntries } from '../../../lib/panel/store/audit.ts'
import { functions } from '../_functions.ts'
import { openPanel } from '../_harness.ts'

const ajv = new Ajv.Ajv2020({ strict: false, validateFormats: false })

type Content = { content?: Record<string, { schema: object }> }
interface Described {
  parameters: { name: string; in: string }[]
  requestBody?: Content
  responses: Record<string, Content>
}

/**
 * Signing in and out, beginnings that change nothing yet, a password, and secrets that are told once: there is no thing
 * to show.
 */
const withoutThing = [
  'POST /api/session',
  'DELETE /api/session',
  'POST /api/session/passkey',
  'POST /api/session/passkey/options',
  'POST /api/setup',
  'POST /api/account/totp',
  'POST /api/account/passkeys/options',
  'PATCH /api/account',
  'POST /api/tokens',
  'POST /api/databases/{db}/sign-on',
]

it.each(functions)('%s declares what it should', (operation, definition) => {
  expect(definition.summary.length).toBeGreaterThan(5)
  if (operation.startsWith('GET ')) return expect(definition.audit).toBeUndefined()
  expect([typeof definition.scope, typeof definition.audit]).toEqual(['string', 'string'])
  if (!definition.returns) expect(definition.job).toBeFalsy()
  if (!withoutThing.includes(operation) && !definition.job)
    expect(definition.snapshot, 'the record holds the thing before and after').toBeDefined()
})

it('every function is in the OpenAPI document', () => {
  const { paths } = toOpenApi(manifest, '0') as { paths: Record<string, Record<string, { operationId: string }>> }
  const documented = Object.values(paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  )
  expect(documented.sort()).toEqual(functions.map(([operation]) => operation).sort())
})

it('an error that a function does not declare fails the test that sees it (control)', async () => {
  const odd = (throws: AnyFunction['throws']) =>
    defineFunction({
      summary: 'Refuse',
      access: 'public',
      ...(throws && { throws }),
      run: () => {
        throw new PanelError('hsts_on', 409, 'No')
      },
    }) as AnyFunction
  const { call } = await openPanel({ 'GET /api/silent': odd(undefined), 'GET /api/told': odd(['hsts_on']) })
  await expect(call('GET /api/silent')).rejects.toThrow('hsts_on')
  expect((await call('GET /api/told')).status).toBe(409)
})

it('the OpenAPI document describes every path parameter, and only schemas that compile', async () => {
  const { call } = await openPanel()
  const { openapi, paths } = (await call('GET /api/openapi.json')).body
  expect(openapi).toMatch(/^3\.1\./)
  for (const [path, methods] of Object.entries<Record<string, Described>>(paths)) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    for (const { parameters, requestBody, responses } of Object.values(methods)) {
      expect(
        parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name),
        path,
      ).toEqual(named)
      const contents = [requestBody, ...Object.values(responses)].flatMap((part) => Object.values(part?.content ?? {}))
      for (const { schema } of contents) if (!('$ref' in schema)) expect(() => ajv.compile(schema), path).not.toThrow()
    }
  }
})

it('a function that changes something without saying so cannot be mounted', () => {
  const bare: AnyFunction = { summary: 'Change something', run: () => null }
  const mount = (operation: string, definition: AnyFunction) => () =>
    createApp({} as Context, { [operation]: definition }, () => '')
  expect(mount('POST /api/a', bare)).toThrow(/must declare scope and audit/)
  expect(mount('DELETE /api/a', { ...bare, scope: 'setup' })).toThrow(/must declare/)
  expect(mount('POST /api/a', { ...bare, scope: 'setup', audit: 'a' })).not.toThrow()
})

it('?plan=true on what touches only the panel’s own store changes nothing', async () => {
  const { ctx, call, signIn } = await openPanel()
  await signIn()
  const before = listAuditEntries(ctx.db, 10)
  expect(await call('DELETE /api/session', { path: '/api/session?plan=true' })).toMatchObject({
    status: 200,
    body: { changes: [] },
  })
  expect((await call('GET /api/session')).status).toBe(200)
  const wrong = await call('POST /api/session', {
    path: '/api/session?plan=true',
    body: { username: 'admin', password: 'wrong' },
  })
  expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([200, null])
  expect((await call('PATCH /api/settings', { path: '/api/settings?plan=true', body: {} })).body.code).toBe(
    'agent_unreachable',
  )
  expect(listAuditEntries(ctx.db, 10)).toEqual(before)
})
