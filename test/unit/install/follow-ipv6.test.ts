import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ServerFacts } from '../../../lib/drivers/facts.ts'
import { renderAdminer } from '../../../lib/drivers/nginx/adminer.conf.ts'
import { renderDefault, renderPanel } from '../../../lib/drivers/nginx/server.conf.ts'
import { renderVhost } from '../../../lib/drivers/nginx/vhost.conf.ts'
import { siteSpec } from '../../_site-spec.ts'
import { serverFacts } from '../_facts.ts'

const script = join(import.meta.dirname, '../../../install/follow-ipv6')
let place: string
beforeEach(() => void (place = mkdtempSync(join(tmpdir(), 'ipv6-'))))
afterEach(() => rmSync(place, { recursive: true }))

const resolvers = ['192.0.2.53', '2001:db8::53']
/** Vhosts as the panel writes them, by a name of the file. */
const vhosts = (more: Partial<ServerFacts>): Record<string, string> => {
  const facts = { ...serverFacts, resolvers, ...more }
  return {
    'default.conf': renderDefault(['server.test'], facts),
    'panel.conf': renderPanel(null, facts),
    'tool.conf': renderAdminer(null, facts),
    'plain.conf': renderVhost(siteSpec({ domain: 'plain.test', aliases: ['www.plain.test'] }), facts),
    'proxy.conf': renderVhost(
      siteSpec({ domain: 'proxy.test', runtime: 'proxy', proxyTo: 'http://elsewhere.test' }),
      facts,
    ),
  }
}
const write = (files: Record<string, string>) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text)
}
const read = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, readFileSync(join(place, name), 'utf8')]))
/** `sign`: a file that is there, as the kernel's where it has IPv6, or one that is not. */
const run = (sign: string) => execFileSync(script, [place, sign], { encoding: 'utf8' })

it.each([[{}], [{ nginxVersion: [1, 27] as [number, number], http3: true }]])(
  'makes of what the panel writes with IPv6 what it writes without, and back (%j)',
  (more) => {
    const [withIt, without] = [true, false].map((ipv6) => vhosts({ ...more, ipv6 })) as [
      Record<string, string>,
      Record<string, string>,
    ]
    write(withIt)
    expect(run('/missing')).toBe('')
    expect(read(Object.keys(without))).toEqual(without)
    run(script)
    expect(read(Object.keys(withIt))).toEqual(withIt)
  },
)

it('leaves files alone that fit, and that others wrote', () => {
  write({ ...vhosts({ ipv6: true }), 'own.conf': 'server {\n    listen 80;\n    listen [::]:80;\n}\n' })
  const inodes = () => ['own.conf', 'plain.conf'].map((name) => statSync(join(place, name)).ino)
  const before = inodes()
  run(script)
  expect(inodes()).toEqual(before)
  run('/missing')
  expect(read(['own.conf'])['own.conf']).toContain('listen [::]:80;')
})

it('is content where there are no vhosts', () => expect(run('/missing')).toBe(''))
