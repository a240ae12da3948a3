import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { proxyTarget } from '../../../lib/sites/proxy-target.ts'

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
