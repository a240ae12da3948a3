import { expect, it } from 'vitest'
import { parse } from '../../../lib/cli/parse.ts'
import { toRequest } from '../../../lib/cli/request.ts'
import type { Schema } from '../../../lib/cli/document.ts'
import { operation } from './_document.ts'
import { body, refused, sent, terminal } from './_sent.ts'

it('nests by dots, and repeats or splits lists', async () => {
  const args = [
    'a.test',
    '--php-settings.memory-limit-mb',
    '256',
    '--php-settings.display-errors',
    '--aliases',
    'b.test, c.test',
    '--aliases',
    'd.test',
  ]
  expect(await sent('sites update', args)).toMatchObject({
    method: 'PATCH',
    path: '/api/sites/a.test',
    body: { phpSettings: { memoryLimitMb: 256, displayErrors: true }, aliases: ['b.test', 'c.test', 'd.test'] },
  })
  expect((await sent('sites update', ['a.test', '--aliases', ''])).body).toEqual({ aliases: [] })
})

it('takes an empty value for null where null is allowed', async () => {
  expect((await sent('settings update', ['--server-name', ''])).body).toEqual({ serverName: null })
  expect(
    await body(
      { limits: { anyOf: [{ type: 'object', properties: { sites: { type: 'integer' } } }, { type: 'null' }] } },
      ['--limits', ''],
    ),
  ).toEqual({ limits: null })
  expect(
    await body(
      { limits: { type: 'object', properties: { sites: { anyOf: [{ type: 'integer' }, { type: 'null' }] } } } },
      ['--limits.sites', ''],
    ),
  ).toEqual({ limits: { sites: null } })
})

it('takes the names of a map as they are', async () => {
  const env: Schema = { type: 'object', additionalProperties: { type: 'string' } }
  expect(await body({ env }, ['--env.NODE_ENV', 'production', '--env.A=-1=2', '--env.__proto__', 'x'])).toEqual(
    JSON.parse('{"env":{"NODE_ENV":"production","A":"-1=2","__proto__":"x"}}'),
  )
  expect(await body({ env }, ['--env', '{"A":"b"}'])).toEqual({ env: { A: 'b' } })
})

it('sets the names of a map that is the whole body, and removes some', async () => {
  const args = ['a.test', 'API_KEY=-a=b\n', 'nodeEnv=', '--remove', 'OLD,OLDER', '__proto__=x']
  expect(await sent('sites app env set', args)).toMatchObject({ method: 'PATCH', path: '/api/sites/a.test/app/env' })
  expect((await sent('sites app env set', args)).body).toEqual(
    JSON.parse('{"API_KEY":"-a=b\\n","nodeEnv":"","OLD":null,"OLDER":null,"__proto__":"x"}'),
  )
  expect((await sent('sites app env set', ['a.test', '--body', '-', 'B=c'], '{"A":"b"}')).body).toEqual({
    A: 'b',
    B: 'c',
  })
  expect(await refused(() => sent('sites app env set', ['a.test']))).toBe('Name what to set: NAME=VALUE')
  expect(await refused(() => sent('sites app env set', ['a.test', 'KEY']))).toBe('"KEY" has no value: write NAME=VALUE')
  expect(await refused(() => sent('sites app env set', ['a.test', '=x']))).toBe('"=x" has no value: write NAME=VALUE')
  expect(await refused(() => sent('sites app env set', []))).toMatch(/^SITE is missing/)
})

it('takes alternatives together, and JSON for what has no simple form', async () => {
  const either: Schema = {
    anyOf: [
      { properties: { kind: { const: 'a' }, left: { type: 'string' } } },
      { properties: { kind: { const: 'b' }, right: { type: 'number' } } },
    ],
  }
  const made = {
    words: ['things', 'set'],
    operation: operation('PUT', '/api/things', { body: { type: 'application/json', schema: either } }),
  }
  expect(
    JSON.parse((await toRequest(made, parse(made, ['--kind', 'b', '--right', '1.5']), terminal())).body as string),
  ).toEqual({ kind: 'b', right: 1.5 })
  expect(await refused(() => parse(made, ['--kind', 'c']))).toBe('--kind takes a or b, not "c"')
  expect(
    await body({ rules: { type: 'array', items: { type: 'object', properties: { port: { type: 'integer' } } } } }, [
      '--rules',
      '[{"port":22}]',
    ]),
  ).toEqual({ rules: [{ port: 22 }] })
})

it('puts options on top of a body from standard input', async () => {
  expect(
    (await sent('sites create', ['--body', '-', '--domain', 'b.test'], '{"domain":"a.test","runtime":"static"}')).body,
  ).toEqual({ domain: 'b.test', runtime: 'static' })
  expect(await refused(() => sent('sites create', ['--body', '-'], 'not json'))).toBe('The body is not valid JSON')
  expect(await refused(() => sent('sites create', ['--body', '-'], '[1]'))).toBe('The body must be a JSON object')
  expect(await refused(() => sent('sites create', ['--body', '/does/not/exist']))).toMatch(
    /^The body cannot be read: ENOENT/,
  )
})

it('reads secrets from standard input, never having to have them as arguments', async () => {
  const properties: Record<string, Schema> = {
    username: { type: 'string' },
    password: { type: 'string' },
    privateKey: { type: 'string' },
  }
  expect(await body(properties, ['--username', 'a', '--password', '-'], 'two words\n')).toEqual({
    username: 'a',
    password: 'two words',
  })
  expect(await body(properties, ['--private-key', '-'], 'line\nline\n')).toEqual({ privateKey: 'line\nline' })
  expect(await body(properties, ['--password', '-', '--private-key', '-'], 'one\ntwo\n')).toEqual({
    password: 'one',
    privateKey: 'two',
  })
  expect(await refused(() => body(properties, ['--password', '-'], ''))).toBe('Standard input must hold password')
  expect(await refused(() => body(properties, [], '', ['password']))).toBe(
    'Missing: --password (--password - reads it from standard input)',
  )
  expect(await refused(() => body(properties, ['--password', '-', '--body', '-'], 'x'))).toBe(
    'Standard input cannot hold both the body and --password',
  )
  expect(await body({ username: { type: 'string' } }, ['--username', '-'])).toEqual({ username: '-' })
})
