import { describe, expect, it } from 'vitest'
import { canonicalDomain } from '../../../lib/model/domain.ts'

describe('a domain', () => {
  it.each([
    ['example.test', 'example.test'],
    ['EXAMPLE.Test', 'example.test'],
    ['www.1and1.com', 'www.1and1.com'],
    ['bücher.test', 'xn--bcher-kva.test'],
    ['BÜCHER.test', 'xn--bcher-kva.test'],
    ['日本語.test', 'xn--wgv71a119e.test'],
    ['яндекс.рф', 'xn--d1acpjx3f.xn--p1ai'],
    ['한국.test', 'xn--3e0b707e.test'],
    ['xn--bcher-kva.test', 'xn--bcher-kva.test'],
    [`${'x'.repeat(63)}.test`, `${'x'.repeat(63)}.test`],
  ])('%s is taken as %s', (written, canonical) => expect(canonicalDomain(written)).toBe(canonical))

  it.each([
    ['', 'nothing'],
    ['localhost', 'one label'],
    ['test..com', 'an empty label'],
    ['.a.test', 'an empty first label'],
    ['a.test.', 'a trailing dot'],
    ['-a.test', 'a leading dash'],
    ['a-.test', 'a trailing dash'],
    ['--help.test', 'an option'],
    ['a.test\n', 'a newline'],
    ['a.test\r\nHost: b', 'a header'],
    ['a.test;}', 'nginx syntax'],
    ['a.test{', 'nginx syntax'],
    ['a.test b.test', 'a space'],
    ['$(id).test', 'a shell substitution'],
    ['`id`.test', 'a shell substitution'],
    ["a'.test", 'a quote'],
    ['../etc.test', 'a path'],
    ['a/b.test', 'a path'],
    ['a_b.test', 'an underscore'],
    ['*.test', 'a wildcard'],
    ['ex%61mple.test', 'percent encoding'],
    ['a\0.test', 'a zero byte'],
    ['1.2.3.4', 'an IPv4 address'],
    ['::1', 'an IPv6 address'],
    ['a.0x7f', 'a number where the top level should be'],
    [`a.${'b'.repeat(64)}.test`, 'a label of 64'],
    [`${'a.'.repeat(124)}test`, '252 characters'],
    [`${'abcdefg.'.repeat(31)}tests`, '253 characters'],
    ['xn--pple-43d.com', 'a Cyrillic а among Latin letters'],
    ['xn--80ak6aa92e.com', 'Cyrillic letters that spell apple'],
    ['аррӏе.com', 'the same, written'],
    ['xn--example.test', 'punycode that decodes to nothing'],
    ['ab--c.test', 'hyphens where only punycode has them'],
  ])('%j is refused: %s', (written) => expect(canonicalDomain(written)).toBeNull())
})
