import * as v from 'valibot'
import { expect, it } from 'vitest'
import { pathOf } from '../../../../lib/panel/caches/empty.ts'
import { cacheChanges } from '../../../../lib/model/caches/schema.ts'

const names = { domain: 'example.test', aliases: ['other.test'], redirectWww: true }

it.each([
  ['/', '/'],
  ['/blog/', '/blog/'],
  ['https://example.test/a?b=c#d', '/a'],
  ['http://other.test', '/'],
  ['http://www.example.test/x', '/x'],
  ['/bücher/', '/b%C3%BCcher/'],
  ['/../../etc/passwd', '/etc/passwd'],
  ['/$(id)', '/$(id)'],
  ['/;}', '/;%7D'],
])('%j is a page', (address, path) => expect(pathOf(names, address)).toBe(path))

it.each([
  '',
  'blog',
  '//evil.test/a',
  'https://evil.test/',
  'ftp://example.test/',
  'javascript:1',
  '/a\nb',
  '/a b',
  '\\\\evil',
  '/a\0',
  'http://',
  'http://example.test@evil.test/',
])('%j is none', (address) => {
  expect(() => pathOf(names, address)).toThrow(expect.objectContaining({ code: 'invalid_input', status: 422 }))
})

it('what is left out is off', () => {
  expect(v.parse(cacheChanges, {})).toEqual({ redis: false, page: null })
  expect(v.parse(cacheChanges, { page: { minutes: 5 } })).toEqual({
    redis: false,
    page: { minutes: 5, bypassCookies: [], byDevice: false },
  })
})

it.each(['', 'a b', '$(id)', 'a\n', 'a;}', '../a/', 'a"', 'a|b', 'ü', 'x'.repeat(65)])(
  '%j is no cookie’s name',
  (name) => {
    expect(v.safeParse(cacheChanges, { page: { minutes: 5, bypassCookies: [name] } }).success).toBe(false)
  },
)

it.each([0, 10_081, 1.5, '5', null])('%j minutes are refused', (minutes) =>
  expect(v.safeParse(cacheChanges, { page: { minutes } }).success).toBe(false),
)
