import { expect, it } from 'vitest'
import { listAuditEntries } from '../../../lib/panel/store/audit.ts'
import { openCli } from '../_cli.ts'
import { password, people } from './_user.ts'

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
