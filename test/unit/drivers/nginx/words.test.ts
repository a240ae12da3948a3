import { describe, expect, it } from 'vitest'
import { renderDefaults } from '../../../../lib/drivers/nginx/defaults.conf.ts'
import { renderPaths } from '../../../../lib/drivers/nginx/paths.conf.ts'
import { renderMain } from '../../../../lib/drivers/nginx/server.conf.ts'
import { escaped, literal, word } from '../../../../lib/drivers/nginx/words.ts'
import { serverFacts } from '../../_facts.ts'

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

describe('what all sites have in common', () => {
  it('is said once: nginx refuses a directive that others have set too', () => {
    const head = `# Written by the hosting panel, which puts changes here back.
# A WebSocket or a long download keeps an old worker for this long after a reload, not for ever.
worker_shutdown_timeout 5m;
worker_rlimit_nofile 65536;
# The settings of its unit (nginx.service.d) go on to the nginx that takes over in an upgrade.
env MALLOC_TRIM_THRESHOLD_;
env MALLOC_MMAP_THRESHOLD_;
# Settings of sites are regular expressions: compiled ones cost a request a third of the time.
`
    expect(renderMain(serverFacts)).toBe(`${head}pcre_jit on;\n`)
    expect(renderMain({ nginxDirectives: new Set(['pcre_jit']) })).toBe(head)
  })

  it('keeps files in browsers, and no answer of a program', () => {
    const text = renderDefaults(serverFacts)
    expect(text.slice(0, text.indexOf('large_client'))).toBe(`map $sent_http_content_type $hosting_panel_expires {
    default off;
    ~^(?:text/css|(?:application|text)/javascript|(?:image|font|audio|video)/|application/wasm) $hosting_panel_own_file;
}
map $upstream_status$upstream_cache_status $hosting_panel_own_file {
    default off;
    '' 7d;
}
`)
  })
})
