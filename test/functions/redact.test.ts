import type { GenericSchema } from 'valibot'
import { expect, it } from 'vitest'
import { redact } from '../../lib/panel/auth/redact.ts'
import { manifest } from '../../functions/manifest.ts'
import { toOpenApi } from '../../lib/panel/http/openapi.ts'
import { functions } from './_functions.ts'
import { openPanel } from './_harness.ts'
import { putSite } from './_users.ts'

interface Json {
  properties?: Record<string, Json>
  anyOf?: Json[]
  items?: Json
  additionalProperties?: Json | boolean
}

const names = (schema: Json | undefined): string[] =>
  !schema || typeof schema !== 'object'
    ? []
    : [
        ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => [name, ...names(inner)]),
        ...[...(schema.anyOf ?? []), schema.items, schema.additionalProperties].flatMap((inner) =>
          names(inner as Json | undefined),
        ),
      ]

/** Every name that a body, a query or an answer of the API may have: what is on record is made of them. */
function everyName(): string[] {
  const { paths } = toOpenApi(manifest, '0') as { paths: Record<string, Record<string, Record<string, never>>> }
  const found = new Set<string>()
  for (const described of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    const { parameters, requestBody, responses } = described as unknown as {
      parameters: { name: string }[]
      requestBody?: { content: Record<string, { schema: Json }> }
      responses: Record<string, { content?: Record<string, { schema: Json }> }>
    }
    for (const { name } of parameters) found.add(name)
    for (const part of [requestBody, ...Object.values(responses)]) {
      for (const { schema } of Object.values(part?.content ?? {})) for (const name of names(schema)) found.add(name)
    }
  }
  return [...found].sort()
}

it('hides exactly these of all names that the API has', () => {
  const all = everyName()
  expect(all.length).toBeGreaterThan(150)
  const hidden = all.filter((name) => (redact({ [name]: 'canary' }) as Record<string, unknown>)[name] === '(secret)')
  expect(hidden).toEqual([
    'code',
    'credentials',
    'currentPassword',
    'key',
    'password',
    'privateKey',
    'proof',
    'qr',
    'recoveryCodes',
    'response',
    'rotatePassword',
    'secret',
    'signature',
    'token',
    'tokens',
    'totp',
  ])
})

it.each([
  'unicodeDomain',
  'keyType',
  'statusCode',
  'publicKey',
  'keys',
  'secretary',
  'passwordless',
  'tokenName',
  'codec',
  'barcode',
  'encoding',
  'monkey',
])('shows what only sounds like a secret: %s', (name) => {
  expect(redact({ [name]: 'shown' })).toEqual({ [name]: 'shown' })
})

it.each([
  'PASSWORD',
  'newPassword',
  'db_password',
  'apiKey',
  'api_key',
  'accessKey',
  'aws_secret_access_key',
  'PrivateKey',
  'private_key',
  'refreshToken',
  'clientSecret',
  'passphrase',
  'Codes',
  'otp',
  'key',
])('hides a secret however it is written: %s', (name) => {
  expect(redact([{ deep: { [name]: 'canary', other: [{ [name]: ['canary'] }] } }])).toEqual([
    { deep: { [name]: '(secret)', other: [{ [name]: '(secret)' }] } },
  ])
})

it('shows whether there is one, and how many: yes, no and numbers are no secrets', () => {
  expect(redact({ totp: true, recoveryCodes: 10, rotatePassword: true, password: null })).toEqual({
    totp: true,
    recoveryCodes: 10,
    rotatePassword: true,
    password: null,
  })
  expect(redact({ env: { PATH: '/bin', HOME: '/' } })).toEqual({ env: { PATH: '(secret)', HOME: '(secret)' } })
})

it('keeps a site’s name in people’s letters on record', async () => {
  const panel = await openPanel()
  await panel.signIn()
  putSite(panel, 'xn--bcher-kva.test', null)
  await panel.call('PATCH /api/sites/{site}', { path: '/api/sites/xn--bcher-kva.test', body: { enabled: false } })
  const { entries } = (await panel.call('GET /api/audit')).body as { entries: { before: Record<string, unknown> }[] }
  expect(entries[0]!.before).toMatchObject({ unicodeDomain: 'bücher.test' })
})

it('every body that is a map of one’s own names is declared secret, or holds none', () => {
  const maps = functions.filter(
    ([, { body }]) => (body as (GenericSchema & { type: string }) | undefined)?.type === 'record',
  )
  for (const [operation, { secretBody }] of maps) expect([operation, secretBody]).toEqual([operation, true])
  expect(maps.length).toBeGreaterThan(0)
})
