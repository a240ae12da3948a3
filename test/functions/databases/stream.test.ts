import { execFileSync } from 'node:child_process'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { ErrorCode } from '../../../lib/model/error-codes.ts'
import { PanelError } from '../../../lib/model/errors.ts'
import { refuse } from '../_agent.ts'
import { until, withStream } from './_stream.ts'

/** All of an answer, and whether it came to its end. */
async function read(answer: IncomingMessage): Promise<[text: string, whole: boolean]> {
  const parts: Buffer[] = []
  try {
    for await (const part of answer as AsyncIterable<Buffer>) parts.push(part)
  } catch {
    return [Buffer.concat(parts).toString(), false]
  }
  return [Buffer.concat(parts).toString(), answer.complete]
}
const codeOf = async (answer: IncomingMessage) => [
  answer.statusCode,
  (JSON.parse((await read(answer))[0]) as { code: string }).code,
]

it.each([
  ['', 'none', 'application/sql', 'sql'],
  ['?compression=gzip', 'gzip', 'application/gzip', 'sql.gz'],
  ['?compression=zstd', 'zstd', 'application/zstd', 'sql.zst'],
])('a dump streams as it is made: %s', async (query, compression, type, extension) => {
  const text = 'INSERT INTO a VALUES (1);\n'.repeat(100_000)
  const { ask, ended, pipes, mariadb } = await withStream((write) => write(text))
  const answer = await ask(query)
  expect([
    answer.statusCode,
    answer.headers['content-type'],
    answer.headers['content-disposition'],
    answer.headers['content-length'],
    answer.headers['cache-control'],
  ]).toEqual([
    200,
    type,
    expect.stringMatching(new RegExp(`^attachment; filename="shop-\\d{12}\\.${extension.replaceAll('.', '\\.')}"$`)),
    undefined,
    'no-store',
  ])
  const [received, whole] = await read(answer)
  expect([received === text, whole]).toEqual([true, true])
  expect(mariadb.asked('databases.stream')).toEqual([
    { name: 'shop', pipe: expect.stringMatching(/^[0-9a-f]{32}$/), compression },
  ])
  expect([ended, pipes()]).toEqual([['whole'], []])
})

it('its first bytes are there before the last are made', async () => {
  let finish!: () => void
  const { ask } = await withStream(async (write) => {
    await write('first')
    await new Promise<void>((resolve) => (finish = resolve))
    await write('last')
  })
  const answer = await ask()
  await new Promise((resolve) => answer.once('readable', resolve))
  expect(String(answer.read())).toBe('first')
  finish()
  expect(await read(answer)).toEqual(['last', true])
})

it('a dump that fails half way breaks the answer off', async () => {
  const { ask, ended } = await withStream(async (write) => {
    await write('half')
    throw new PanelError('dump_failed', 503, 'The database shop could not be dumped')
  })
  const answer = await ask()
  expect(answer.statusCode).toBe(200)
  expect(await read(answer)).toEqual(['half', false])
  expect(ended).toMatchObject([{ code: 'dump_failed' }])
})

it.each<[ErrorCode, number]>([
  ['mariadb_down', 503],
  ['database_missing', 409],
  ['not_put_back', 503],
  ['agent_unreachable', 503],
])('what the agent refuses is answered as it is: %s', async (code, status) => {
  const { ask, pipes } = await withStream(() => Promise.resolve(), { 'databases.stream': refuse(code, status) })
  expect(await codeOf(await ask())).toEqual([status, code])
  expect(pipes()).toEqual([])
})

it('a pipe that is not there is no dump', async () => {
  const { ask } = await withStream(() => Promise.resolve(), {
    'databases.stream': (_, { progress }) => {
      progress({ step: 'ready', percent: 0 })
      return {}
    },
  })
  expect(await codeOf(await ask())).toEqual([503, 'dump_failed'])
})

it('who cannot open the pipe has the dump ended', async () => {
  let left = false
  const { ask } = await withStream(() => Promise.resolve(), {
    'databases.stream': async (_, { progress, leave }) => {
      progress({ step: 'ready', percent: 0 })
      await until(leave)
      left = true
      throw new PanelError('cancelled', 409, 'This was cancelled')
    },
  })
  expect(await codeOf(await ask())).toEqual([503, 'dump_failed'])
  await expect.poll(() => left).toBe(true)
})

it('an agent that is killed once the pipe is there leaves nobody waiting', async () => {
  const { ask, directories } = await withStream(() => Promise.resolve(), {
    'databases.stream': async ({ pipe }, { progress }) => {
      execFileSync('mkfifo', [join(directories.pipes, pipe)])
      progress({ step: 'ready', percent: 0 })
      await sleep(50)
      throw new PanelError('agent_lost', 503, 'The agent stopped in the middle of this')
    },
  })
  await expect(ask()).rejects.toThrow('socket hang up')
})

it('what is not there, and what nobody may have, is not asked for', async () => {
  const { ask, mariadb } = await withStream(() => Promise.resolve())
  expect(await codeOf(await ask('', 'none'))).toEqual([404, 'database_not_found'])
  for (const query of ['?compression=xz', '?compression=', '?x=1', '?compression=gzip&compression=-c'])
    expect((await codeOf(await ask(query)))[0], query).toBe(422)
  expect(mariadb.asked('databases.stream')).toEqual([])
})
