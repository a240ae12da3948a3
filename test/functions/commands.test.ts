import { expect, it } from 'vitest'
import { listAuditEntries } from '../../lib/panel/store/audit.ts'
import { refuse, withAgent } from './_agent.ts'
import { openCli } from './_cli.ts'
import { openPanel } from './_harness.ts'
import { newUser, putSite } from './_users.ts'

const at = { path: '/api/sites/a.test/commands' }
const operation = 'POST /api/sites/{site}/commands'
const wait = { prefer: 'wait=5' }

it('a command is the owner’s, and a token’s that may run commands; the record names its program alone', async () => {
  const panel = await openPanel()
  await panel.signIn()
  const [ann, bob] = [await newUser(panel, 'ann'), await newUser(panel, 'bob')]
  putSite(panel, 'a.test', 'ann', { runtime: 'php', phpVersion: '8.2' })
  const agent = withAgent(panel.ctx, {
    'commands.run': (_, { progress }) => {
      progress({ step: 'Running the command', percent: 10, output: 'hello' })
      return { exitCode: 3 }
    },
  })
  const body = { command: ['php', 'artisan', '--password=canary'] }
  expect(await panel.call(operation, { ...at, body, headers: { ...ann, ...wait } })).toMatchObject({
    body: { state: 'done', result: { exitCode: 3 } },
  })
  expect(agent.asked('commands.run')).toMatchObject([{ ...body, timeout: 600, spec: { domain: 'a.test' } }])
  expect(listAuditEntries(panel.ctx.db, 1)).toMatchObject([{ action: 'command.run', actor: 'ann', object: 'a.test' }])
  const record = JSON.stringify(listAuditEntries(panel.ctx.db, 1))
  expect(record).toMatch(/program.*php.*words.*3/)
  expect(record).not.toContain('canary')
  expect(await panel.call(operation, { ...at, body, headers: bob })).toMatchObject({ status: 404 })
  for (const [scopes, status] of [
    [['sites:write'], 403],
    [['commands:write', 'jobs:read'], 202],
  ] as const) {
    const { secret } = (await panel.call('POST /api/tokens', { body: { name: `t${status}`, scopes } })).body
    const headers = { cookie: '', authorization: `Bearer ${secret}` }
    expect((await panel.call(operation, { ...at, body, headers })).status).toBe(status)
  }
})

it.each<[string, object]>([
  ['no word', { command: [] }],
  ['an empty program', { command: [''] }],
  ['a shell line', { command: 'rm -rf /' }],
  ['a NUL', { command: ['a\0b'] }],
  ['too many words', { command: Array.from({ length: 201 }, () => 'a') }],
  ['no time', { command: ['id'], timeout: 0 }],
  ['two days', { command: ['id'], timeout: 172_800 }],
  ['another user', { command: ['id'], user: 'root' }],
])('%s is refused', async (_, body) => {
  const panel = await openPanel()
  await panel.signIn()
  putSite(panel, 'a.test', null)
  const agent = withAgent(panel.ctx)
  expect(await panel.call(operation, { ...at, body })).toMatchObject({ status: 422, body: { code: 'invalid_input' } })
  expect(agent.calls).toEqual([])
})

it('a site whose code does not run runs no command', async () => {
  const panel = await openPanel()
  await panel.signIn()
  withAgent(panel.ctx)
  const body = { command: ['id'] }
  putSite(panel, 'a.test', null, { enabled: false })
  expect(await panel.call(operation, { ...at, body })).toMatchObject({ status: 409, body: { code: 'site_disabled' } })
  putSite(panel, 'b.test', null, { storage: 'over' })
  expect(await panel.call(operation, { path: '/api/sites/b.test/commands', body })).toMatchObject({
    status: 403,
    body: { code: 'limit_reached' },
  })
})

it('a command ends when its job is cancelled, and when its site is disabled', async () => {
  const panel = await openPanel()
  await panel.signIn()
  putSite(panel, 'a.test', null)
  const waiting = new Map<string, () => void>()
  withAgent(panel.ctx, {
    'commands.run': async ({ task }) => {
      await new Promise<void>((resolve) => waiting.set(task, resolve))
      return refuse('cancelled')()
    },
    'commands.cancel': ({ task }) => {
      waiting.get(task)?.()
      return { found: waiting.has(task) }
    },
  })
  const begin = async () => (await panel.call(operation, { ...at, body: { command: ['id'] } })).body.job as string
  const ended = (job: string) => expect.poll(() => panel.call('GET /api/jobs/{job}', { path: `/api/jobs/${job}` }))
  const first = await begin()
  await panel.call('DELETE /api/jobs/{job}', { path: `/api/jobs/${first}` })
  await ended(first).toMatchObject({ body: { state: 'failed', error: { code: 'cancelled' } } })
  const second = await begin()
  await panel.call('PATCH /api/sites/{site}', { path: '/api/sites/a.test', body: { enabled: false } })
  await ended(second).toMatchObject({ body: { state: 'failed', error: { code: 'cancelled' } } })
})

it('the command line prints what the command prints, and ends as it ends', async () => {
  const panel = await openCli()
  putSite(panel, 'a.test', null)
  const agent = withAgent(panel.ctx, {
    'commands.run': (_, { progress }) => {
      for (const output of ['one', 'two\t\u001b[2Jthree'])
        progress({ step: 'Running the command', percent: 10, output })
      return { exitCode: 7 }
    },
  })
  const words = ['sites', 'run', 'a.test', '--timeout', '5', '--', 'php', '-r', '--help']
  const { exit, out, err } = await panel.cli(words)
  expect([exit, err]).toEqual([7, ''])
  expect(out).toBe('one\ntwo\t\u001b[2Jthree\n')
  const json = await panel.cli([...words.slice(0, 3), '--json', ...words.slice(3)])
  expect([json.exit, JSON.parse(json.out)]).toMatchObject([7, { state: 'done', result: { exitCode: 7 } }])
  const shown = (await panel.cli(words, { tty: true })).out
  expect(shown).toMatch(/^one\ntwo\t.*three\n$/)
  expect(shown).not.toContain('\u001b')
  expect(agent.asked('commands.run')[0]).toMatchObject({ command: ['php', '-r', '--help'], timeout: 5 })
  expect(await panel.cli(['sites', 'run', 'a.test', 'php', 'x.php'])).toMatchObject({
    exit: 2,
    err: expect.stringContaining('hosting-panel sites run SITE -- WORDS...') as string,
  })
  expect((await panel.cli(['sites', 'run', 'a.test'])).exit).toBe(2)
  expect((await panel.cli(['sites', 'run', '--help'])).out).toContain('sites run SITE [OPTIONS] -- WORDS...')
})
