import { expect, it } from 'vitest'
import { renderDefault } from '../../../../lib/drivers/nginx/server.conf.ts'
import { serverNames } from '../../../../lib/drivers/nginx/server-names.ts'
import { renderVhost } from '../../../../lib/drivers/nginx/vhost.conf.ts'
import { siteSpec } from '../../../_site-spec.ts'
import { facts } from '../../_facts.ts'

const wild = String.raw`"~^[a-z0-9_-]+\\.example\\.test$"`
const certificate = (names: string[]) => ({ id: '0123456789abcdef0123456789abcdef', names })

/** Names of each server block, and whether it answers by https. */
const blocks = (text: string): string[] =>
  [...text.matchAll(/listen (\d+)[^}]*?server_name (.*);/g)].map(([, port, names]) => `${port} ${names}`)

it('a wildcard is one label, as nginx’s own would be any number of them', () => {
  expect(serverNames(['example.test', '*.example.test', '*.b-c.test'])).toBe(
    String.raw`example.test ${wild} "~^[a-z0-9_-]+\\.b\\-c\\.test$"`,
  )
})

it('a wildcard goes to https once the certificate has it, and stays on http before', () => {
  const names = ['example.test', '*.example.test']
  const spec = siteSpec({ aliases: ['*.example.test'] })
  expect(blocks(renderVhost(spec, facts))).toEqual([`80 example.test ${wild}`])
  expect(blocks(renderVhost({ ...spec, certificate: certificate(['example.test']) }, facts))).toEqual([
    '80 example.test',
    `80 ${wild}`,
    '443 example.test',
  ])
  expect(blocks(renderVhost({ ...spec, certificate: certificate(names) }, facts))).toEqual([
    `80 example.test ${wild}`,
    `443 example.test ${wild}`,
  ])
})

it('PHP is told the name that was asked for, never the expression', () => {
  const php = siteSpec({ runtime: 'php', phpVersion: '8.2' })
  const line = '        fastcgi_param PATH_INFO $path_info;\n        fastcgi_param SERVER_NAME $host;\n'
  expect(renderVhost({ ...php, aliases: ['*.example.test'] }, facts)).toContain(line)
  expect(renderVhost(php, facts)).not.toContain('SERVER_NAME')
})

it('the server’s own names go to no site, whatever wildcard stands for them', () => {
  expect(blocks(renderDefault(['panel.example.test', 'machine.test', 'machine.test'], facts))).toEqual([
    '80 _ panel.example.test machine.test',
    '443 _ panel.example.test machine.test',
  ])
})
