import { expect, it, vi } from 'vitest'
import * as v from 'valibot'
import { PanelError } from '../../../lib/model/errors.ts'
import { defineFunction, type AnyFunction } from '../../../lib/panel/http/define.ts'
import { manifest } from '../../../functions/manifest.ts'
import { openCli } from '../_cli.ts'

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
