import { expect, it } from 'vitest'
import { render } from '../../../lib/cli/render.ts'
import { breadth } from '../../../lib/cli/text.ts'
import { quote } from '../../../lib/cli/values.ts'

const look = { coloured: false, columns: Infinity }
const sites = [
  {
    domain: 'a.test',
    runtime: 'php',
    aliases: ['b.test', 'c.test'],
    phpVersion: '8.2',
    proxyTo: null,
    phpSettings: { memoryLimitMb: 128 },
    enabled: true,
  },
  {
    domain: 'longer.test',
    runtime: 'static',
    aliases: [],
    phpVersion: null,
    proxyTo: null,
    phpSettings: {},
    enabled: false,
  },
]

it('draws a list as a table, whole, without what is empty everywhere', () => {
  expect(render({ sites }, look)).toBe(
    [
      'DOMAIN       RUNTIME  ALIASES         PHP-VERSION  ENABLED  PHP-SETTINGS.MEMORY-LIMIT-MB',
      'a.test       php      b.test, c.test  8.2          yes      128',
      'longer.test  static                                no',
      '',
    ].join('\n'),
  )
  expect(render({ sites: [] }, look)).toBe('No sites\n')
  expect(render([], { ...look, noun: 'kept-dumps' })).toBe('No kept dumps\n')
  expect(render(['a', 'b'], look)).toBe('a\nb\n')
  expect(render([{ id: 1 }], look)).toBe('ID\n1\n')
  expect(render({ entries: [{ id: 1 }], next: 'abc' }, look)).toBe('ID\n1\n\nnext  abc\n')
})

it('fits a list into a terminal: what matters least goes or is shortened first', () => {
  expect(render({ sites }, { ...look, columns: 60 })).toBe(
    [
      'DOMAIN       RUNTIME  ALIASES         PHP-VERSION  ENABLED',
      'a.test       php      b.test, c.test  8.2          yes',
      'longer.test  static                                no',
      '',
    ].join('\n'),
  )
  expect(render({ sites }, { ...look, columns: 52 })).toBe(
    'DOMAIN       RUNTIME  ALIASES         PHP-VERSION\na.test       php      b.test, c.test  8.2\n' +
      'longer.test  static\n',
  )
  expect(render({ sites }, { ...look, columns: 40 })).toBe(
    'DOMAIN       RUNTIME  ALIASES\na.test       php      b.test, c.test\nlonger.test  static\n',
  )
  expect(render({ rows: [{ name: 'a', on: true, list: Array(20).fill('abc') }] }, { ...look, columns: 46 })).toBe(
    `NAME  LIST${' '.repeat(33)}ON\na     ${'abc, '.repeat(6)}abc,…  yes\n`,
  )
  expect(render({ sites }, { ...look, columns: 5 })).toBe('DOMA…\na.te…\nlong…\n')
  expect(
    render({ rows: [{ domain: 'a.test', unicodeDomain: 'a.test', on: true, size: 123456 }] }, { ...look, columns: 22 }),
  ).toBe('DOMAIN  SIZE    ON\na.test  123456  yes\n')
  expect(render({ rows: [{ on: true, domain: 'a.test' }] }, look)).toBe('DOMAIN  ON\na.test  yes\n')
  expect(render({ rows: [{ key: 'k', text: 'one\ntwo', state: 'on' }] }, { ...look, columns: 14 })).toBe(
    'KEY  STATE\nk    on\n',
  )
})

it.each([20, 33, 80, 120])('never draws a list wider than %i, whatever is in it', (columns) => {
  const rows = Array.from({ length: 9 }, (_, index) => ({
    name: '漢字'.repeat(index * 5),
    text: 'e\u0301🎉'.repeat(index * 7),
    deep: { more: 'x'.repeat(index * 20), list: [{ a: 1 }, { a: null }] },
    lines: 'one\ntwo\n',
  }))
  const drawn = render({ rows }, { ...look, columns }).split('\n')
  expect(drawn).toHaveLength(11)
  expect(drawn.filter((line) => breadth(line) > columns)).toEqual([])
})

it('draws a thing as lines, with the names that options have', () => {
  expect(render(sites[0], look)).toBe(
    [
      'domain                       a.test',
      'runtime                      php',
      'aliases                      b.test, c.test',
      'php-version                  8.2',
      'php-settings.memory-limit-mb  128'.replace('-mb  ', '-mb '),
      'enabled                      yes',
      '',
    ]
      .join('\n')
      .replaceAll(/^(\S+) +/gm, (_, name: string) => `${name.padEnd(28)}  `),
  )
  expect(render({ status: 'ok', services: [{ name: 'nginx', state: 'up' }] }, look)).toBe(
    'status  ok\n\nservices\nNAME   STATE\nnginx  up\n',
  )
  expect(render(null, look)).toBe('Done\n')
  expect(render({ trash: null }, look)).toBe('Done\n')
  expect(render({ redis: null }, { ...look, nothing: 'Nothing to show' })).toBe('Nothing to show\n')
})

it('draws several lines as lines, below each other', () => {
  expect(render({ problem: 'one\r\n two\n', state: 'ok' }, look)).toBe('problem  one\n          two\nstate    ok\n')
  expect(render({ rows: [{ text: 'one\n two\n', id: 1 }] }, look)).toBe('ID  TEXT\n1   one two\n')
})

it('draws nested lists whole, as tables where they fit, and never as JSON', () => {
  const shop = {
    name: 'shop',
    users: [{ username: 'anna', grant: 'all', connection: { host: '127.0.0.1', password: 'p' } }],
  }
  expect(render(shop, look)).toBe(
    'name  shop\n\nusers\nUSERNAME  GRANT  CONNECTION.HOST  CONNECTION.PASSWORD\nanna      all    127.0.0.1        p\n',
  )
  expect(render(shop, { ...look, columns: 40 })).toBe(
    'name  shop\n\nusers\n  username             anna\n  grant                all\n  connection.host      127.0.0.1\n' +
      '  connection.password  p\n',
  )
  const twice = { ...shop, users: [shop.users[0], shop.users[0]] }
  expect(render(twice, { ...look, columns: 40 }).match(/^ {2}username/gm)).toHaveLength(2)
  expect(render({ deep: { list: [{ a: 1, b: { c: [{ d: true }] } }, {}] } }, look)).toBe(
    'deep.list\nA  B.C\n1  d yes\n\n',
  )
})

it('shows names that are people’s own as they are', () => {
  const map = { type: 'object', additionalProperties: { type: 'string' } }
  const thing = { type: 'object', properties: { appEnv: map } }
  const env = { nodeEnv: 'x', API_KEY: 'y', EMPTY: '' }
  expect(render(env, look, { anyOf: [map, { properties: { changes: { type: 'array' } } }] })).toBe(
    'nodeEnv  x\nAPI_KEY  y\nEMPTY\n',
  )
  expect(render({ appEnv: env }, look, thing)).toBe('app-env.nodeEnv  x\napp-env.API_KEY  y\napp-env.EMPTY\n')
})

it('hands a terminal nothing that it obeys', () => {
  const hostile = 'a\x1b]0;owned\x07\u202eb\u009b2Jc\r\n'
  for (const answer of [
    { rows: [{ name: hostile }] },
    { name: hostile },
    { list: [hostile] },
    { changes: [{ action: 'update', kind: 'file', name: hostile, summary: hostile, diff: `+${hostile}` }] },
    { deep: { list: [{ name: hostile }] } },
  ]) {
    expect(render(answer, look)).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
  }
  expect(render({ name: hostile }, look)).toBe('name  a\\u001b]0;owned\\u0007\\u202eb\\u009b2Jc\n')
  expect(quote(`${hostile}`)).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/)
})
