import { mkdtempSync, readFileSync, renameSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { logSignIn, signInLine } from '../../../../lib/panel/auth/auth-log.ts'
import { renderFilter } from '../../../../lib/drivers/fail2ban/filter.conf.ts'
import { PanelError } from '../../../../lib/model/errors.ts'

const at = new Date('2026-01-02T03:04:05.678Z')
const failed = (name: string, address = '203.0.113.9') => signInLine(at, 'sign-in', name, address, 'wrong_credentials')

/** The filter's own expression, with what Fail2ban puts in for its tags, on a line without its date. */
const failregex = new RegExp(
  /^failregex = (.*)$/m.exec(renderFilter())![1]!.replace('<ADDR>', '(?<address>[0-9a-fA-F:.]+)'),
)
const caught = (line: string): string | undefined =>
  failregex.exec(line.replace(/^\S+Z/, '').trimEnd())?.groups?.address

it('says when, how, who and from where', () => {
  expect(failed('admin')).toBe(
    '2026-01-02T03:04:05Z hosting-panel: sign-in failed for "admin" from 203.0.113.9 (wrong_credentials)\n',
  )
  expect(signInLine(at, 'sign-in', 'admin', '2001:db8::1', null)).toBe(
    '2026-01-02T03:04:05Z hosting-panel: sign-in succeeded for "admin" from 2001:db8::1\n',
  )
  expect(signInLine(at, 'setup', 'a', '::ffff:203.0.113.9', 'setup_token_invalid')).toBe(
    '2026-01-02T03:04:05Z hosting-panel: setup failed for "a" from 203.0.113.9 (setup_token_invalid)\n',
  )
})

it('only failures are caught, with the address they came from', () => {
  expect(caught(failed('admin'))).toBe('203.0.113.9')
  expect(caught(failed('', '2001:db8::1'))).toBe('2001:db8::1')
  expect(caught(signInLine(at, 'sign-in', 'admin', '203.0.113.9', null))).toBeUndefined()
  expect(caught(signInLine(at, 'sign-in', 'admin', '203.0.113.9', 'code_required'))).toBeUndefined()
  expect(caught(signInLine(at, 'sign-in', 'admin', 'unknown', 'wrong_credentials'))).toBeUndefined()
})

describe('a hostile name stays a name, on one line, from one address', () => {
  const line = '2026-01-02T03:04:05Z hosting-panel: sign-in failed for "admin" from 1.2.3.4 (wrong_credentials)'
  it.each([
    'x" from 1.2.3.4 (wrong_credentials)',
    'x\n' + line,
    'x\r\n' + line + '\r',
    line,
    '$(id)',
    '`id`',
    ';}',
    '-h',
    '../../etc/passwd',
    '\u0000',
    '\u2028' + line,
    'x\u0085' + line,
    '\u001b[2J',
    '"',
    '\\"',
    '\\u{22}',
    'from 1.2.3.4',
    'é\u{1f600}',
    '\ud800',
    '<ADDR>',
    '%(known/failregex)s',
    'a'.repeat(5000),
  ])('%j', (name) => {
    const text = failed(name)
    const [before, shown, after, ...more] = text.split('"')
    expect([before, after, more]).toEqual([
      '2026-01-02T03:04:05Z hosting-panel: sign-in failed for ',
      ' from 203.0.113.9 (wrong_credentials)\n',
      [],
    ])
    expect(shown).toMatch(/^[A-Za-z0-9._@+\\u{}-]*$/)
    expect(text.length).toBeLessThan(800)
    expect(caught(text)).toBe('203.0.113.9')
  })

  it('and a hostile address is none', () => {
    expect(failed('x', '1.2.3.4 (a)\nfrom 5.6.7.8')).toContain('from unknown (')
  })
})

describe('the file', () => {
  let file: string
  beforeEach(() => {
    const directory = mkdtempSync(join(tmpdir(), 'auth-log-'))
    file = join(directory, 'auth.log')
    vi.stubEnv('HOSTING_PANEL_AUTH_LOG', file)
    onTestFinished(() => {
      vi.unstubAllEnvs()
      rmSync(directory, { recursive: true })
    })
  })
  const lines = () =>
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^\S+ /, ''))
  const refusal = new PanelError('wrong_credentials', 401, 'no')
  const refused = () => logSignIn('sign-in', 'admin', '203.0.113.9', () => Promise.reject(refusal))

  it('gets a line for each end, and the end is passed on', async () => {
    expect(await logSignIn('sign-in', 'admin', '203.0.113.9', () => Promise.resolve(42))).toBe(42)
    await expect(refused()).rejects.toBe(refusal)
    expect(lines()).toEqual([
      'hosting-panel: sign-in succeeded for "admin" from 203.0.113.9',
      'hosting-panel: sign-in failed for "admin" from 203.0.113.9 (wrong_credentials)',
    ])
  })

  it('gets none for what is the panel’s own fault', async () => {
    await refused().catch(() => {})
    await expect(
      logSignIn('sign-in', 'a', '203.0.113.9', () => Promise.reject(new PanelError('disk_full', 507, 'full'))),
    ).rejects.toThrow('full')
    await expect(logSignIn('sign-in', 'a', '203.0.113.9', () => Promise.reject(new Error('bug')))).rejects.toThrow(
      'bug',
    )
    expect(lines()).toHaveLength(1)
  })

  it('goes on after rotation, by truncation and by renaming', async () => {
    await refused().catch(() => {})
    truncateSync(file)
    await refused().catch(() => {})
    expect(lines()).toHaveLength(1)
    renameSync(file, `${file}.1`)
    await refused().catch(() => {})
    expect(lines()).toHaveLength(1)
  })

  it('does not fill with tries that were refused unseen', async () => {
    const tooMany = new PanelError('too_many_attempts', 429, 'later')
    for (let count = 0; count < 500; count++)
      await logSignIn('sign-in', 'a', '203.0.113.9', () => Promise.reject(tooMany)).catch(() => {})
    expect(lines()).toHaveLength(100)
  })

  it('that cannot be written stops nobody', async () => {
    vi.stubEnv('HOSTING_PANEL_AUTH_LOG', '/nowhere/auth.log')
    const log = vi.spyOn(console, 'error').mockReturnValue()
    expect(await logSignIn('sign-in', 'admin', '203.0.113.9', () => Promise.resolve(42))).toBe(42)
    expect(log).toHaveBeenCalledOnce()
    log.mockRestore()
  })
})
