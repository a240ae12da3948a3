import { describe, expect, it } from 'vitest'
import { renderPaths } from '../../../lib/drivers/nginx/paths.conf.ts'
import { escaped, literal, word } from '../../../lib/drivers/nginx/words.ts'
import { serverFacts } from '../_facts.ts'

describe('a word of nginx', () => {
  it.each([
    ['a b', '"a b"'],
    ['a"b', '"a\\"b"'],
    ['a\\b', '"a\\\\b"'],
    ['a;}{#', '"a;}{#"'],
  ])('%j is written as %s', (text, written) => expect([word(text), literal(text)]).toEqual([written, written]))

  it('has no variable of a text’s own', () => {
    expect(literal('$uri${x}')).toBe('"${hosting_panel_dollar}uri${hosting_panel_dollar}{x}"')
    expect(escaped('/a.b*(c)$')).toBe('/a\\.b\\*\\(c\\)\\$')
  })
})

describe('the maps of all sites', () => {
  it('begin with their sizes, unless somebody has set these', () => {
    expect(renderPaths(serverFacts)).toMatch(/^map_hash_bucket_size 1024;\nmap_hash_max_size 65536;\nvariables_hash_b/)
    const others = renderPaths({ nginxDirectives: new Set(['map', 'variables_hash_max_size']) })
    expect(others).toMatch(/^variables_hash_bucket_size 256;\ngeo \$hosting_panel_dollar \{\n {4}default "\$";\n\}\n/)
  })

  it('find the parts of an address as it was sent', () => {
    const text = renderPaths(serverFacts)
    expect(text).toContain(`map $uri $hosting_panel_first2 {\n    "~^((?:/[^/]+){2})" $1;\n}\n`)
    expect(text).toContain(`map $request_uri $hosting_panel_rest2 {\n    "~^(?:/+[^/?]+){2}/+([^?]*)" /$1;\n}\n`)
  })

  it('see what a program behind a front controller sees, line breaks in it too', () =>
    expect(renderPaths(serverFacts)).toContain(
      '"~(?s)^(?<hosting_panel_head>.*?)/index\\.php(?<hosting_panel_tail>/.*)$" ' +
        '$hosting_panel_head$hosting_panel_tail;',
    ))
})
