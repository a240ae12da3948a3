import { Readable, Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { Ending } from '../../../lib/cli/errors.ts'
import { parse } from '../../../lib/cli/parse.ts'
import { toRequest } from '../../../lib/cli/request.ts'
import type { Schema } from '../../../lib/cli/document.ts'
import { command, operation } from './_document.ts'

const terminal = (input = '') => ({
  stdin: Readable.from([Buffer.from(input)]),
  stdout: new Writable(),
  stderr: new Writable(),
  env: {},
})

async function sent(words: string, args: string[], input = '') {
  const found = command(...words.split(' '))
  const request = await toRequest(found, parse(found, args), terminal(input))
  return { ...request, body: typeof request.body === 'string' ? (JSON.parse(request.body) as unknown) : request.body }
}

const withBody = (properties: Record<string, Schema>, required: string[] = []) => ({
  words: ['things', 'set'],
  operation: operation('PUT', '/api/things', {
    audit: 'thing.set',
    body: { type: 'application/json', schema: { type: 'object', properties, required } },
  }),
})

async function body(
  properties: Record<string, Schema>,
  args: string[],
  input = '',
  required: string[] = [],
): Promise<unknown> {
  const made = withBody(properties, required)
  return JSON.parse((await toRequest(made, parse(made, args), terminal(input))).body as string)
}

async function refused(of: () => unknown): Promise<string> {
  try {
    await of()
  } catch (error) {
    expect(error).toBeInstanceOf(Ending)
    expect((error as Ending).exit).toBe(2)
    return (error as Ending).message
  }
  throw new Error('it was not refused')
}

it('makes a request of words, options and what they mean', async () => {
  expect(
    await sent('sites create', [
      '--domain',
      'a.test',
      '--runtime=php',
      '--php-version',
      '8.1',
      '--redirect-www',
      '--no-enabled',
      '--body-limit-mb',
      '10',
    ]),
  ).toEqual({
    method: 'POST',
    path: '/api/sites',
    headers: { 'content-type': 'application/json' },
    body: { domain: 'a.test', runtime: 'php', phpVersion: '8.1', redirectWww: true, enabled: false, bodyLimitMb: 10 },
  })
})

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

it('sends the query and the plan', async () => {
  expect(await sent('sites delete', ['a.test', '--purge', '--plan'])).toEqual({
    method: 'DELETE',
    path: '/api/sites/a.test?purge=true&plan=true',
    body: undefined,
  })
  expect((await sent('sites delete', ['a.test', '--no-purge'])).path).toBe('/api/sites/a.test?purge=false')
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

it('takes a thing that can only be true as a switch', async () => {
  expect(
    (await sent('users update', ['anna', '--reset-second-factor', '--limits.sites', '3', '--limits.disk-mb', ''])).body,
  ).toEqual({ resetSecondFactor: true, limits: { sites: 3, diskMb: null } })
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

it.each(['-----BEGIN CERTIFICATE-----\nMII=\n', '-', '-1', '-x', '--nobodys-option', '---', '--=x'])(
  'takes %j as the value of an option',
  async (value) => {
    expect(await body({ text: { type: 'string' } }, ['--text', value])).toEqual({ text: value })
    expect(await body({ text: { type: 'string' } }, [`--text=${value}`])).toEqual({ text: value })
  },
)

it.each(['--plan', '--no-on', '--on=true', '--text', '--', '-h'])('takes no %j for a value', async (next) => {
  const properties: Record<string, Schema> = { text: { type: 'string' }, on: { type: 'boolean' } }
  expect(await refused(() => body(properties, ['--text', next]))).toBe(
    `--text needs a value; ${next} is an option itself. If it is meant: --text=${next}`,
  )
  expect(await body(properties, [`--text=${next}`])).toEqual({ text: next })
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

it.each([
  '$(id)',
  '`id`',
  '-x',
  '--json',
  'a\nb',
  '\r\nX-Header: 1',
  'a.test?plan=false',
  '%2e%2e',
  '../../users/admin',
  '"; drop table sites',
  '{site}',
  '$&',
])('takes %j as data', async (hostile) => {
  expect((await sent('sites create', [`--domain=${hostile}`, '--runtime', 'static'])).body).toEqual({
    domain: hostile,
    runtime: 'static',
  })
  expect((await sent('sites show', ['--', hostile])).path).toBe(`/api/sites/${encodeURIComponent(hostile)}`)
  expect((await sent('sites show', ['--', hostile])).path).toMatch(/^\/api\/sites\/[^/?#\s]+$/)
})

it.each(['.', '..', ''])('refuses the name %j, which would lead to another function', async (name) => {
  expect(await refused(() => sent('sites delete', ['--', name]))).toMatch(
    /^A name cannot be (?:empty|only dots): hosting-panel sites delete SITE$/,
  )
})

it.each([
  ['sites create', ['--domain', 'a.test'], 'Missing: --runtime'],
  ['sites create', ['--domain'], '--domain needs a value'],
  [
    'sites create',
    ['--domain', '--json'],
    '--domain needs a value; --json is an option itself. If it is meant: --domain=--json',
  ],
  ['sites create', ['--domian', 'a.test'], 'There is no option --domian; did you mean --domain?'],
  ['sites create', ['--constructor', 'a.test'], 'There is no option --constructor'],
  ['sites update', [], 'SITE is missing: hosting-panel sites update SITE'],
  ['sites update', ['a.test', 'b.test'], '"b.test" is one too many: hosting-panel sites update SITE'],
  [
    'sites update',
    ['a.test', '--php-version', '8'],
    '--php-version takes 7.4, 8.0, 8.1, 8.2, 8.3, 8.4 or 8.5, not "8"',
  ],
  [
    'sites update',
    ['a.test', '--body-limit-mb', '1e3'],
    '--body-limit-mb takes a whole number from 1 to 10240, not "1e3"',
  ],
  ['sites update', ['a.test', '--body-limit-mb', '0'], '--body-limit-mb takes a whole number from 1 to 10240, not "0"'],
  ['sites update', ['a.test', '--enabled=yes'], '--enabled takes no value: it is --enabled or --no-enabled'],
  ['sites update', ['a.test', '--no-aliases'], '--no-aliases needs a value'],
  ['sites list', ['--plan'], '--plan works only with commands that change something'],
  ['sites list', ['--body', '-'], 'This command takes no --body'],
])('%s %j: %s', async (words, args, message) => expect(await refused(() => sent(words, args))).toBe(message))
