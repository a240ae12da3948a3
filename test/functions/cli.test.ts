import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import * as v from 'valibot'
import { PanelError } from '../../lib/model/errors.ts'
import { defineFunction, type AnyFunction } from '../../lib/panel/http/define.ts'
import { manifest } from '../../functions/manifest.ts'
import { listAuditEntries } from '../../lib/panel/store/audit.ts'
import { openCli } from './_cli.ts'

const people = ['--username', 'anna', '--password', '-']
const password = 'a rather long secret\n'

it('makes, lists, shows, changes and removes, as root', async () => {
  const { cli, ctx, signIn } = await openCli()
  await signIn()
  const made = await cli(['users', 'create', ...people, '--limits.sites', '3'], { input: password })
  expect(made).toMatchObject({ exit: 0, err: '' })
  expect(made.out).toMatch(/^username +anna\nrole +user\nlimits\.sites +3\ncreated-at +\d/)
  expect(made.out).not.toContain('secret')
  expect((await cli(['users', 'list'])).out).toMatch(
    /^USERNAME +ROLE +CREATED-AT +SITES +SECOND-FACTOR +LIMITS\.SITES\nadmin .*\nanna +user +\d{4}-\S+ +0 +no +3\n$/,
  )
  expect(JSON.parse((await cli(['users', 'show', 'anna', '--json'])).out)).toMatchObject({
    username: 'anna',
    limits: { sites: 3 },
  })
  expect(await cli(['--json', 'users', 'update', 'anna', '--limits.sites', ''])).toMatchObject({
    exit: 0,
    err: '',
    out: expect.stringContaining('"limits":{"sites":null') as string,
  })
  expect(await cli(['users', 'delete', 'anna'])).toEqual({ exit: 0, out: 'Done\n', err: '' })
  expect(await cli(['users', 'delete', 'anna', '--json'])).toMatchObject({ exit: 1, out: '' })
  expect(listAuditEntries(ctx.db, 4).map(({ actor, action, ok }) => [actor, action, ok])).toEqual([
    ['(root)', 'user.delete', false],
    ['(root)', 'user.delete', true],
    ['(root)', 'user.update', true],
    ['(root)', 'user.create', true],
  ])
})

it('says what the panel refused, with every place that is wrong', async () => {
  const { cli } = await openCli()
  expect(await cli(['users', 'show', 'nobody'])).toEqual({
    exit: 1,
    out: '',
    err: 'hosting-panel: user_not_found: There is no such user\n',
  })
  expect(await cli(['users', 'show', 'nobody', '--json'])).toEqual({
    exit: 1,
    out: '',
    err: '{"code":"user_not_found","message":"There is no such user"}\n',
  })
  const { exit, err } = await cli(['users', 'create', '--username', '--role', 'user'])
  expect([exit, err]).toEqual([
    2,
    expect.stringMatching(/^hosting-panel: --username needs a value; .* --username=--role\n$/),
  ])
  const wrong = await cli(['users', 'create', '--username=-x', '--password', '-'], { input: 'short\n' })
  expect(wrong.exit).toBe(1)
  expect(wrong.err).toMatch(/^hosting-panel: invalid_input: username: Use 2 to 32 .*\n {2}password: Use at least 12/)
})

it('takes hostile values through as data', async () => {
  const { cli, ctx } = await openCli()
  for (const hostile of ['$(touch /tmp/owned)', '`id`', '-x', "a'; --", 'x\u202ey']) {
    const { exit, out } = await cli([
      'tokens',
      'create',
      `--name=${hostile}`,
      '--scopes',
      'sites:read',
      '--username',
      'nobody',
      '--json',
    ])
    expect([exit, out]).toEqual([1, ''])
  }
  expect((await cli(['sites', 'show', '--', 'a.test\nX: 1'])).exit).toBe(1)
  expect((await cli(['users', 'delete', '--', '../sites'])).err).toMatch(/user_not_found|invalid_input/)
  expect(listAuditEntries(ctx.db, 10).filter(({ ok }) => ok)).toEqual([])
})

const work = (run: AnyFunction['run']): Record<string, AnyFunction> => ({
  ...manifest,
  'POST /api/work': defineFunction({
    summary: 'Work for very long',
    scope: 'server:write',
    audit: 'work',
    job: 'Work long',
    returns: v.unknown(),
    plan: () => Promise.resolve([{ action: 'create', kind: 'file', name: '/etc/x', summary: '', diff: '+a\n' }]),
    run,
  }) as AnyFunction,
})

it('follows long work to its end', async () => {
  const { cli } = await openCli(
    work(async ({ job }) => {
      job.progress({ step: 'Fetch', percent: 10 })
      await new Promise((resolve) => setTimeout(resolve, 50))
      job.progress({ step: 'Install', percent: 60 })
      return { answer: 42 }
    }),
  )
  expect(await cli(['work', 'create', '--plan'])).toEqual({ exit: 0, out: '+ create file /etc/x\n    +a\n', err: '' })
  expect(await cli(['work', 'create'])).toEqual({
    exit: 0,
    out: 'answer  42\n',
    err: '  0% Fetch\n 10% Install\n100% done\n',
  })
  const live = await cli(['work', 'create'], { tty: true })
  expect(live.err).toMatch(/\r\x1b\[K· Fetch 10%.*\r\x1b\[K\x1b\[32m✓\x1b\[0m Fetch\n.*✓\x1b\[0m Install\n$/s)
  expect(JSON.parse((await cli(['work', 'create', '--json'])).out)).toMatchObject({
    state: 'done',
    result: { answer: 42 },
  })
  const { out } = await cli(['work', 'create', '--no-wait'])
  expect(out).toMatch(/^[0-9a-f-]{36}\n$/)
  expect(await cli(['jobs', 'events', out.trim()])).toMatchObject({
    exit: 0,
    out: 'answer  42\n',
    err: expect.stringContaining('100% done') as string,
  })
  expect((await cli(['jobs', 'list'])).out.split('\n')[0]).toMatch(/^ID +STATE +NAME +ACTOR +PERCENT/)
})

it('tells why long work failed, and what it last said', async () => {
  const { cli } = await openCli(
    work(({ job }) => {
      job.progress({ step: 'Fetch', percent: 10, output: 'E: no such package' })
      throw PanelError.relay({ code: 'no_luck', status: 502, message: 'Look at the network' })
    }),
  )
  expect(await cli(['work', 'create'])).toEqual({
    exit: 1,
    out: '',
    err: '  0% Fetch\n    E: no such package\nhosting-panel: no_luck: Look at the network\n',
  })
  const raw = await cli(['work', 'create', '--json'])
  expect(JSON.parse(raw.err.split('\n').at(-2)!)).toMatchObject({ state: 'failed', error: { code: 'no_luck' } })
})

it('follows on when the panel is restarted in between', async () => {
  let finish!: () => void
  const { cli, ctx } = await openCli(
    work(async ({ job }) => {
      job.progress({ step: 'Fetch', percent: 10 })
      await new Promise<void>((resolve) => (finish = resolve))
      job.progress({ step: 'Install', percent: 60 })
      return null
    }),
  )
  const followed = vi.spyOn(ctx.jobs, 'subscribe')
  const following = cli(['work', 'create'])
  await expect.poll(() => followed.mock.calls).toHaveLength(1)
  ctx.jobs.letGo()
  setTimeout(() => finish(), 300)
  expect(await following).toEqual({ exit: 0, out: 'Done\n', err: '  0% Fetch\n 10% Install\n100% done\n' })
})

it('ends with 3 when nobody answers, and tells its token to nobody but the panel', async () => {
  const { cli, server, access } = await openCli()
  access.uid = 65_534
  const foreign = await cli(['sites', 'list'])
  expect(foreign).toMatchObject({ exit: 3, out: '' })
  expect(foreign.err).toMatch(
    /^hosting-panel: \S+\/panel\.sock does not belong to the panel, so nothing was sent to it\..*install\.sh/,
  )
  access.uid = process.getuid!()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  const silent = await cli(['sites', 'list'])
  expect(silent).toMatchObject({
    exit: 3,
    out: '',
    err: expect.stringMatching(
      /does not answer on \S+\/panel\.sock .*(?:ENOENT|ECONNREFUSED).*systemctl status hosting-panel/,
    ) as string,
  })
})

it('ends with 3 when the panel goes away in the middle, and with 1 when the token is not its own', async () => {
  const { cli, access } = await openCli()
  const cut = createServer((request) => request.socket.destroy())
  const { socketPath } = access
  await new Promise<void>((resolve) => cut.listen(`${socketPath}.cut`, resolve))
  onTestFinished(() => void cut.close())
  access.socketPath = `${socketPath}.cut`
  expect(await cli(['sites', 'list'])).toMatchObject({
    exit: 3,
    err: expect.stringContaining('it is unknown whether this was done') as string,
  })
  Object.assign(access, { socketPath, token: 'hp_wrong' })
  expect(await cli(['sites', 'list'])).toMatchObject({
    exit: 1,
    err: expect.stringMatching(/^hosting-panel: token_invalid: .*run install\.sh again to make a new one/) as string,
  })
})

it('hands streams on', async () => {
  const { cli } = await openCli()
  await cli(['users', 'create', ...people], { input: password })
  const { exit, out } = await cli(['audit', 'export', '--action', 'user'])
  expect(exit).toBe(0)
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { action: string }).action),
  ).toEqual(['user.create'])
  const file = join(mkdtempSync(join(tmpdir(), 'hosting-panel-')), 'audit.jsonl')
  onTestFinished(() => rmSync(dirname(file), { recursive: true }))
  expect(await cli(['audit', 'export', '--output', file])).toEqual({ exit: 0, out: '', err: '' })
  expect(readFileSync(file, 'utf8')).toBe(out)
  expect(await cli(['audit', 'export', '--output', '/does/not/exist'])).toEqual({
    exit: 2,
    out: '',
    err: 'hosting-panel: /does/not/exist cannot be written: ENOENT\n',
  })
  expect((await cli(['audit', 'export'], { tty: true })).out).toBe(out)
})

const stream = (type: string, text: string): Record<string, AnyFunction> => ({
  ...manifest,
  'GET /api/logs/tail': defineFunction({
    summary: 'Read a log',
    scope: 'server:read',
    stream: type,
    run: () => new Blob([text]).stream(),
  }) as AnyFunction,
})

it('hands a terminal no stream that it would obey', async () => {
  const { cli } = await openCli(stream('text/plain', 'one\x1b[2J\ntwo\n'))
  expect((await cli(['logs', 'tail'])).out).toBe('one\x1b[2J\ntwo\n')
  expect((await cli(['logs', 'tail'], { tty: true })).out).toBe('one\\u001b[2J\ntwo\n')
  const binary = await openCli(stream('application/gzip', '\x1f'))
  expect(await binary.cli(['logs', 'tail'], { tty: true })).toEqual({
    exit: 2,
    out: '',
    err: 'hosting-panel: The answer is not text: add --output FILE\n',
  })
  const events = await openCli(stream('text/event-stream', 'data: {"cpu":1}\n\n'))
  expect((await events.cli(['logs', 'tail'])).out).toBe('{"cpu":1}\n')
})

it('shows help at every level, and is called wrongly with 2', async () => {
  const { cli } = await openCli()
  for (const args of [
    [],
    ['--help'],
    ['help'],
    ['sites', '--help'],
    ['sites', 'create', '-h'],
    ['sites', 'delete', 'a.test', '--help'],
    ['reset-admin', '--help'],
    ['completion', '--help'],
  ]) {
    expect(await cli(args), args.join(' ')).toMatchObject({
      exit: 0,
      err: '',
      out: expect.stringMatching(/^Usage: hosting-panel /) as string,
    })
  }
  expect((await cli(['sites', 'create', '--help'])).out).toContain('--php-settings.memory-limit-mb NUMBER')
  expect(await cli(['--version'])).toEqual({ exit: 0, out: '1.2.3\n', err: '' })
  expect(await cli(['stes'])).toEqual({
    exit: 2,
    out: '',
    err: 'hosting-panel: There is no command "stes"; did you mean sites? hosting-panel --help lists them\n',
  })
  expect(await cli(['sites'])).toMatchObject({ exit: 2, err: expect.stringContaining('Name a command') as string })
  expect(await cli(['completion', 'fish'])).toMatchObject({ exit: 2 })
  expect(await cli(['\x1b]0;owned\x07'])).toMatchObject({
    exit: 2,
    err: expect.not.stringMatching(/[\x1b\x07]/) as string,
  })
})
