import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { isOwnService, leadsHere, newProxyTarget, proxyTarget } from '../../../../lib/model/sites/proxy-target.ts'

const parse = (text: string) => v.safeParse(proxyTarget, text)

describe('a proxy target', () => {
  it.each([
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['http://127.0.0.1:3000/', 'http://127.0.0.1:3000'],
    ['HTTPS://App.Example.COM', 'https://app.example.com'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
    ['http://10.0.0.5', 'http://10.0.0.5'],
  ])('%s is taken as %s', (written, canonical) => expect(parse(written).output).toBe(canonical))

  it.each([
    ['ftp://x.test', 'another protocol'],
    ['unix:/run/hosting-panel/agent.sock', 'a socket'],
    ['http://user:secret@x.test', 'credentials'],
    ['http://x.test/path', 'a path'],
    ['http://x.test?q', 'a query'],
    ['http://x.test;}', 'nginx syntax'],
    ['http://x.test\n', 'a newline'],
    ['http://$host', 'an nginx variable'],
    ['http://-x.test', 'a leading dash'],
    ['http://x.test:0', 'port 0'],
    ['http://x.test:99999', 'a port past the last'],
    ['http://127.0.0.1:8080', 'the panel'],
    ['http://127.9.9.9:8080', 'the panel by another loopback address'],
    ['http://0x7f.1:8080', 'the panel in hexadecimal'],
    ['http://2130706433:8080', 'the panel as one number'],
    ['http://0:8080', 'the panel by the unspecified address'],
    ['http://localhost:8080', 'the panel by name'],
    ['http://a.localhost:8080', 'the panel by a name under localhost'],
    ['https://127.0.0.1:8081', 'the database tool'],
    ['http://[::1]:6379', 'Redis'],
    ['http://[::ffff:127.0.0.1]:3306', 'MariaDB by a mapped address'],
    ['http://169.254.169.254', 'a cloud’s metadata'],
  ])('%s is refused: %s', (written) => expect(parse(written).success).toBe(false))
})

describe('a target that somebody names now', () => {
  it.each(['http://127.0.0.1:20000', 'http://elsewhere.example:29999', 'https://[2001:db8::1]:25000'])(
    'is no app’s port, whatever its host: %s',
    (target) => {
      expect(v.safeParse(newProxyTarget, target).success).toBe(false)
      expect(parse(target).success, 'a site of before keeps it').toBe(true)
    },
  )
  it.each(['http://127.0.0.1:19999', 'http://elsewhere.example:30000'])('may be %s', (target) =>
    expect(v.safeParse(newProxyTarget, target).success).toBe(true),
  )
})

const own = ['198.51.100.7', '2001:db8::7', 'server.example']

describe('what leads here', () => {
  it.each([
    'http://127.0.0.1',
    'http://127.9.9.9:3000',
    'http://0x7f.1',
    'http://0177.0.0.1',
    'http://2130706433',
    'http://127.1',
    'http://0',
    'http://0.0.0.0:81',
    'http://[::1]',
    'http://[::]',
    'http://[::ffff:127.0.0.1]',
    'http://[::ffff:7f00:1]',
    'http://[0:0:0:0:0:ffff:127.0.0.1]',
    'http://localhost',
    'http://localhost.',
    'http://LOCALHOST:3000',
    'http://a.localhost',
    'http://a.localhost.:3000',
    'http://198.51.100.7',
    'http://0xc6336407',
    'http://[::ffff:198.51.100.7]:3000',
    'http://[2001:db8:0::7]',
    'http://server.example:3000',
    'http://SERVER.example.',
  ])('%s', (target) => expect(leadsHere(parse(target).output as string, own)).toBe(true))

  it.each([
    'http://198.51.100.8',
    'http://example.com',
    'http://localhost.example.com',
    'http://10.0.0.5',
    'http://[2001:db8::8]',
    'http://128.0.0.1',
  ])('not %s', (target) => {
    expect(leadsHere(parse(target).output as string, own)).toBe(false)
  })

  it('has ports that nobody fronts, by any of its names', () => {
    for (const port of [22, 3306, 6379, 8080, 8081]) {
      for (const host of ['198.51.100.7', '[2001:db8::7]', 'server.example'])
        expect(isOwnService(`http://${host}:${port}`, own)).toBe(true)
    }
    expect(isOwnService('http://198.51.100.7:3000', own)).toBe(false)
    expect(isOwnService('http://example.com:8080', own)).toBe(false)
  })

  it.each([
    'http://169.254.169.254',
    'http://[fd00:ec2::254]',
    'http://100.100.100.200',
    'http://192.0.0.192',
    'http://[fe80::1]',
    'http://[::ffff:100.100.100.200]',
    'http://0xa9fea9fe',
  ])('a cloud’s secrets are nobody’s: %s', (target) => {
    expect(parse(target).success).toBe(false)
  })
})
