import * as v from 'valibot'
import { describe, expect, it, vi } from 'vitest'
import { parseRedirectList } from '../../../../lib/model/sites/redirect-list.ts'
import { redirectProblem } from '../../../../lib/model/sites/redirect-rules.ts'
import { redirects } from '../../../../lib/model/sites/redirects.ts'
import { patternProblem } from '../../../../lib/model/sites/safe-pattern.ts'

const parse = (...all: object[]) => v.safeParse(redirects, all)
const fieldOf = (one: object): unknown => parse(one).issues?.[0].path?.map(({ key }) => key)[1]

describe('a redirect', () => {
  it('is kept as nginx compares it', () => {
    expect(
      parse(
        { from: '/b%C3%BCcher', to: '/b' },
        { from: '/old/', match: 'prefix', to: 'https://example.com/new/' },
        { from: '/a?id=%C3%BC', to: '/b', status: 308 },
        { from: '/gone', status: 410 },
      ).output,
    ).toEqual([
      { from: '/bücher', match: 'exact', to: '/b', status: 301 },
      { from: '/old', match: 'prefix', to: 'https://example.com/new/', status: 301 },
      { from: '/a?id=%C3%BC', match: 'exact', to: '/b', status: 308 },
      { from: '/gone', match: 'exact', to: null, status: 410 },
    ])
  })

  it('is read again as it was written: the agent checks it once more', () => {
    const { output } = parse({ from: '/ü%20x', to: '/b' }, { from: '^/(.*)$', match: 'regex', to: '/x/$1' })
    expect(v.parse(redirects, output)).toEqual(output)
  })

  it.each([
    ...['/a\nb', '/a%0d%0ab', '/../x', '//x', 'x', '', '/a%2525', '/.hosting-panel/x', '/.well-known/acme-challenge/'],
    '/a?b"c',
    '/a\\b',
    `/${'x'.repeat(600)}`,
  ])('from %j is refused at its field', (from) => expect(fieldOf({ from, to: '/b' })).toBe('from'))

  it.each([
    ...['//evil.test', 'evil.test', 'javascript:alert(1)', '/a\r\nSet-Cookie: x', '/a b', '/a"; return 200; #'],
    ...['https://a:b@c.test/', 'https://', '/a\\b', '/ü', '', 'https://exa$mple.test/', 'ftp://x.test/', '/{x}'],
    '$'.repeat(200),
  ])('to %j is refused at its field', (to) => expect(fieldOf({ from: '/a', to })).toBe('to'))

  it.each([
    [{ from: '^/a(.*)$', match: 'regex', to: '/$2' }, 'to'],
    [{ from: '^/a(.*)$', match: 'regex', to: 'https://x.test$1/' }, 'to'],
    [{ from: '/a', match: 'prefix', to: '/b?c' }, 'to'],
    [{ from: '/1/2/3/4/5/6/7/8/9', match: 'prefix', to: '/b' }, 'from'],
    [{ from: '/a', to: '/b', status: 410 }, 'to'],
    [{ from: '/a' }, 'to'],
    [{ from: '/a', to: '/b', status: 200 }, 'status'],
  ])('%j is refused at %s', (one, field) => expect(fieldOf(one)).toBe(field))
})

describe('a regular expression', () => {
  it.each([
    ...['^/a', '^/old/(\\d+)$', '^/(\\d{4})/(\\d{2})/(.*)$', '^/([^/]+)/([^/]+)/([^/]+)/([^/]+)/?$', '^/(a|b)/c'],
    ...['^/old(?:/.*)?$', '^/[a-z]+\\.html$', '^/foo-(.*)-(.*)$', '^/a{1,5}', '^/foo\\/bar$'],
  ])('%s is taken', (pattern) => expect(patternProblem(pattern)).toBeNull())

  it.each([
    ...['^/(a+)+$', '^/(?:a|a)*$', '^/.*.*.*x', '^/a?a?a?a?a?aaaa', '^/.*a.*b?c?', '^/(.{1,99}){1,99}', '^/(x)\\1'],
    ...['a', '^/a|b', '^/x(?=y)', '^/[', '^/(', '^/[[:alpha:]]', '^/a++', '^/(?<n>a)', '^/(?i)a', '^/\\Ka', '^/a b'],
    ...['^/a\nb', '^/(?R)', '^/\\p{L}', `^/${'a'.repeat(300)}`, '^/ü', '^/a{200,900}'],
  ])('%j is refused: it may never end, or nginx reads it in another way', (pattern) =>
    expect(patternProblem(pattern)).toEqual(expect.any(String)),
  )

  it('is one of few where it takes long', () => {
    const costly = Array.from({ length: 11 }, (_, index) => ({ from: `^/.*${index}.*x`, match: 'regex', to: '/x' }))
    expect(parse(...costly.slice(1)).success).toBe(true)
    expect(parse(...costly).success).toBe(false)
    const many = Array.from({ length: 51 }, (_, index) => ({ from: `^/${index}$`, match: 'regex', to: '/x' }))
    expect(parse(...many).success).toBe(false)
  })
})

describe('redirects together', () => {
  const problem = (...all: object[]) => redirectProblem(v.parse(redirects, all), ['example.test', 'www.example.test'])

  it.each([
    [[{ from: '/a', to: '/a' }]],
    [[{ from: '/About', to: '/about' }]],
    [
      [
        { from: '/a', to: '/b' },
        { from: '/b', to: 'https://www.example.test/a' },
      ],
    ],
    [[{ from: '/a', match: 'prefix', to: '/a/b' }]],
    [[{ from: '/', match: 'prefix', to: '/' }]],
    [
      [
        { from: '/a', to: '/b/c' },
        { from: '/b', match: 'prefix', to: '/a' },
        { from: '/a/c', to: '/a' },
      ],
    ],
    [[{ from: '^/a.*$', match: 'regex', to: '/abc' }]],
  ])('%j lead in a circle', (all) => expect(problem(...all)).toMatchObject({ index: 0, field: 'to' }))

  it.each([
    [
      [
        { from: '/a', to: '/b' },
        { from: '/b', to: '/c' },
      ],
    ],
    [[{ from: '/', match: 'prefix', to: 'https://other.test/' }]],
    [
      [
        { from: '/a', match: 'prefix', to: '/b' },
        { from: '/c', to: '/a/x' },
      ],
    ],
    [
      [
        { from: '/a', to: '/b' },
        { from: '/b', status: 410 },
      ],
    ],
  ])('%j end', (all) => expect(problem(...all)).toBeNull())

  it('are each there once, whatever their case', () =>
    expect(problem({ from: '/a', to: '/b' }, { from: '/A', to: '/c' })).toMatchObject({ index: 1, field: 'from' }))

  it('are looked through at once, ten thousand of them', () => {
    const all = Array.from({ length: 10_000 }, (_, index) => ({ from: `/old/${index}`, to: `/new/${index}` }))
    expect(problem(...all)).toBeNull()
  })

  it('and costly patterns too: work is bounded, whatever is asked', () => {
    const patterns = Array.from({ length: 10 }, (_, at) => ({ from: `^/.*${at}a.*b$`, match: 'regex', to: '/x' }))
    const all = Array.from({ length: 1_000 }, (_, at) => ({ from: `/o/${at}`, to: `/${at}${'0a'.repeat(240)}` }))
    let tried = 0
    const { test } = RegExp.prototype
    vi.spyOn(RegExp.prototype, 'test').mockImplementation(function (this: RegExp, text: string) {
      if (this.source.endsWith('a.*b$')) tried += text.length ** 2
      return test.call(this, text)
    })
    try {
      expect(problem(...patterns, ...all)).toBeNull()
    } finally {
      vi.restoreAllMocks()
    }
    expect(tried).toBeGreaterThan(1_000_000)
    expect(tried).toBeLessThanOrEqual(20_000_000)
  })

  it('whose paths are longer than patterns look at go round these', () => {
    const long = `/${'a'.repeat(600)}`
    expect(problem({ from: '^/a+$', match: 'regex', to: long })).toBeNull()
    expect(problem({ from: '^/a+$', match: 'regex', to: long.slice(0, 500) })).toMatchObject({ field: 'to' })
  })

  it('have long ways of many slashes', () => {
    const all = Array.from({ length: 250 }, (_, at) => ({ from: `/o/${at}`, to: `/q${'/'.repeat(1_800)}x${at}` }))
    expect(problem({ from: '/p', match: 'prefix', to: '/q' }, ...all)).toBeNull()
    expect(problem({ from: '/p', match: 'prefix', to: '/p/' })).toMatchObject({ field: 'to' })
  })
})

describe('a list', () => {
  it('has a redirect a line, in the forms people have them', () => {
    const list = [
      '\ufeffFrom;To;Status',
      '# a comment',
      '',
      '/a /b',
      '/c\t/d\t302',
      '"/e, f",/g,301',
      'https://old.test/h?x=1;https://new.test/i',
      '/j/* /k/*',
      '~ ^/l/(\\d+)$ /m/$1 307',
      '/gone - 410',
      '/gone2,,410',
      'Redirect 301 /n /o',
      'RedirectMatch ^/p/(.*)$ /q/$1',
      'Redirect gone /r',
    ]
    expect(parseRedirectList(list.join('\r\n'))).toEqual([
      { from: '/a', match: 'exact', to: '/b' },
      { from: '/c', match: 'exact', to: '/d', status: 302 },
      { from: '/e, f', match: 'exact', to: '/g', status: 301 },
      { from: '/h?x=1', match: 'exact', to: 'https://new.test/i' },
      { from: '/j', match: 'prefix', to: '/k' },
      { from: '^/l/(\\d+)$', match: 'regex', to: '/m/$1', status: 307 },
      { from: '/gone', match: 'exact', status: 410 },
      { from: '/gone2', match: 'exact', status: 410 },
      { from: '/n', match: 'prefix', to: '/o', status: 301 },
      { from: '^/p/(.*)$', match: 'regex', to: '/q/$1', status: 302 },
      { from: '/r', match: 'prefix', status: 410 },
    ])
  })

  it('says which line it cannot read', () => expect(parseRedirectList('/a /b\n\nnonsense\n/c /d')).toEqual({ line: 3 }))

  it.each([
    ['spaces', `redirect${' '.repeat(800_000)}\u2028x`],
    ['spaces after a status', `redirect 301${' '.repeat(4_000)}\u2028x\n`.repeat(200)],
    ['quotes', `${'"'.repeat(4_999)}\n`.repeat(160)],
  ])('of %s is read at once', (_, text) => {
    const start = process.cpuUsage().user
    parseRedirectList(text)
    expect(process.cpuUsage().user - start).toBeLessThan(2_000_000)
  })
})
