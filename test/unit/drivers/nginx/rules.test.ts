import { describe, expect, it } from 'vitest'
import { renderVhost } from '../../../../lib/drivers/nginx/vhost.conf.ts'
import { siteSpec } from '../../../_site-spec.ts'
import { facts } from '../../_facts.ts'

const own = '$s_example_test_9b263fbc'

describe('a vhost', () => {
  it('with pages for what is gone and what is too large: both are answered, whatever else is said', () => {
    const spec = siteSpec({
      redirects: [{ from: '/old', match: 'prefix', to: null, status: 410 }],
      errorPages: [
        { status: 410, path: '/old/gone.html' },
        { status: 413, path: '/large.html' },
      ],
    })
    const text = renderVhost(spec, facts)
    expect(text.slice(text.indexOf('map "'), text.indexOf('server {'))).toBe(`map "${own}_redirect$uri" ${own}_gone {
    volatile;
    default "";
    "~^410(?!/old/gone\\\\.html$)" 1;
}
`)
    expect(text).toContain(`    error_page 410 "/old/gone.html";\n    error_page 413 /.hosting-panel/413;\n`)
    expect(text.slice(text.indexOf('    if ($uri'), text.indexOf('    index'))).toBe(`\
    if ($uri ~ ^/\\.(?:hosting-panel|well-known/acme-challenge)/) {
        break;
    }
    if (${own}_gone) {
        return 410;
    }
    location = /.hosting-panel/413 {
        internal;
        client_max_body_size 0;
        try_files "/large.html" /.hosting-panel/413.html;
    }
`)
  })

  it('with headers: those of the whole site cost no variable', () => {
    const cors = { methods: ['GET' as const], headers: [], exposed: ['X-A'], credentials: false, maxAge: 60 }
    const spec = siteSpec({
      headers: [
        { name: 'Cache-Control', value: 'no-store', path: '/a' },
        { name: 'X-All', value: 'b' },
      ],
      cors: { ...cors, origins: ['*'] },
    })
    const text = renderVhost(spec, facts)
    expect(text.slice(text.indexOf('    expires'), text.indexOf('    if ($uri'))).toBe(`    expires ${own}_expires;
    add_header Cache-Control ${own}_header0 always;
    add_header X-All "b" always;
    add_header Access-Control-Allow-Origin "*" always;
    add_header Access-Control-Allow-Methods ${own}_cors_methods always;
    add_header Access-Control-Max-Age ${own}_cors_age always;
    add_header Access-Control-Expose-Headers "X-A" always;
`)
    expect(text).not.toContain('X-All {')
  })

  it('looks for links from the first folder of the home on', () => {
    const from = (documentRoot: string) => / from=(.*);/.exec(renderVhost(siteSpec({ documentRoot }), facts))![1]
    expect(from('public')).toBe('/var/www/example.test/public')
    expect(from('project/current/web')).toBe('/var/www/example.test/project')
  })

  it('of a PHP site resolves links at each request where there may be some', () => {
    const rootOf = (documentRoot: string) =>
      /SCRIPT_FILENAME (\S+)\$/.exec(
        renderVhost(siteSpec({ runtime: 'php', phpVersion: '8.2', documentRoot }), facts),
      )![1]
    expect([rootOf('public'), rootOf('project/current/web')]).toEqual(['$document_root', '$realpath_root'])
  })

  it('with patterns: each is matched in a time that grows with the path alone', () =>
    expect(renderVhost(siteSpec({ deniedPaths: ['/a*b*c.html', '/*/x*'] }), facts)).toContain(
      '"~*(?s)^(?:/a(?>[^/]*?b)[^/]*c|/(?>[^/]*?/x)[^/]*)(?:\\\\.html?)?(?:/|$)" 1;',
    ))
})
