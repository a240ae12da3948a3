import { expect, it } from 'vitest'
import type { Schema } from '../../../lib/cli/document.ts'
import { body, refused, sent } from './_sent.ts'

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

it('sends the query and the plan', async () => {
  expect(await sent('sites delete', ['a.test', '--purge', '--plan'])).toEqual({
    method: 'DELETE',
    path: '/api/sites/a.test?purge=true&plan=true',
    body: undefined,
  })
  expect((await sent('sites delete', ['a.test', '--no-purge'])).path).toBe('/api/sites/a.test?purge=false')
})

it('takes a thing that can only be true as a switch', async () => {
  expect(
    (await sent('users update', ['anna', '--reset-second-factor', '--limits.sites', '3', '--limits.disk-mb', ''])).body,
  ).toEqual({ resetSecondFactor: true, limits: { sites: 3, diskMb: null } })
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
