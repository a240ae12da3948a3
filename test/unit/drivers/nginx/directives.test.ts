import { describe, expect, it } from 'vitest'
import { siteOfVhost } from '../../../../lib/drivers/nginx/additions.ts'
import { renderDefaults } from '../../../../lib/drivers/nginx/defaults.conf.ts'
import { explainRefusal } from '../../../../lib/drivers/nginx/explain.ts'
import { extensionsOf, renderTypes } from '../../../../lib/drivers/nginx/types.conf.ts'
import { renderVhost } from '../../../../lib/drivers/nginx/vhost.conf.ts'
import { siteSpec } from '../../../_site-spec.ts'
import { facts, serverFacts } from '../../_facts.ts'

describe('own directives of a site', () => {
  it('are replaced by the last that nginx took while it refuses them', () => {
    expect(renderVhost(siteSpec(), facts)).toContain('    include /etc/nginx/hosting-panel/example.test/*.conf;\n')
    expect(renderVhost(siteSpec(), { ...facts, setAside: ['example.test'] })).toContain(
      '    include /etc/nginx/hosting-panel/.kept/example.test/*.conf;\n',
    )
  })

  it('belong to the site of their vhost', () => {
    expect(siteOfVhost('/etc/nginx/sites-available/a.test.conf')).toBe('a.test')
    expect(siteOfVhost('/etc/nginx/hosting-panel/a.test/a.conf')).toBeNull()
  })

  const texts = new Map([['a.test', 'expires 1d;\nadd_header X $nosuch;\n']])
  const emerg = (text: string) => `nginx: [emerg] ${text}\nnginx: configuration file /etc/nginx/nginx.conf test failed`
  it.each([
    ['unknown directive "x" in /etc/nginx/hosting-panel/a.test/directives.conf:3', 'directives.conf, line 3: unknown'],
    ['duplicate location "/" in /etc/nginx/sites-enabled/a.test.conf:30', 'duplicate location "/": the panel’s own'],
    ['unknown "nosuch" variable', 'directives.conf, line 2: unknown "nosuch" variable'],
  ])('are refused with their line: %s', (text, message) =>
    expect(explainRefusal(emerg(text), texts)).toContain(message),
  )
  it.each(['unknown directive "x" in /etc/nginx/conf.d/x.conf:3', 'unknown "other" variable', 'nonsense'])(
    'are not blamed for: %s',
    (text) => expect(explainRefusal(emerg(text), texts)).toBeNull(),
  )
})

describe('settings of all sites', () => {
  it('take headers as large as apps send them', () => {
    const text = renderDefaults(serverFacts)
    expect(text).toContain('large_client_header_buffers 2 64k;\n')
    expect(text).not.toContain('http2_max')
    for (const module of ['proxy', 'fastcgi'])
      expect(text).toContain(`${module}_buffer_size 36k;\n${module}_buffers 20 4k;\n`)
    expect(renderDefaults({ ...serverFacts, nginxVersion: [1, 18] })).toContain('http2_max_field_size 64k;\n')
  })

  it('leave to people what they set for all of nginx', () => {
    const text = renderDefaults({
      ...serverFacts,
      nginxDirectives: new Set(['proxy_buffers', 'expires', 'gzip_types']),
    })
    expect(text).not.toMatch(/^(?:proxy_buffer|expires|gzip_types)/m)
    expect(text).toContain('fastcgi_buffer_size 36k;\n')
  })

  it('know the types that the server’s list lacks', () => {
    const extensions = extensionsOf(
      'types {\n    text/html   html htm;\n # text/x  x;\n    application/json   json;\n}\n',
    )
    expect([...extensions]).toEqual(['html', 'htm', 'json'])
    const text = renderTypes({ mimeExtensions: extensions })
    expect(text).toMatch(/^types \{\n {4}text\/javascript mjs cjs;\n/)
    expect(text).toContain('    application/json map topojson;\n')
    const all = [...text.matchAll(/^ {4}\S+ (.*);$/gm)].flatMap(([, names]) => names!.split(' '))
    expect(new Set(all).size).toBe(all.length)
  })
})
