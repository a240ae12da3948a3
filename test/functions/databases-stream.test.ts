import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { constants, open, unlink } from 'node:fs/promises'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { toNodeHandler } from 'h3'
import { expect, it, onTestFinished } from 'vitest'
import type { ErrorCode } from '../../lib/model/error-codes.ts'
import { PanelError } from '../../lib/model/errors.ts'
import { refuse, type Answers, type Way } from './_agent.ts'
import { newDatabases, panelWithMariadb, tokenFor } from './_mariadb.ts'

/** The requests under way. */
const requests = new Set<ReturnType<typeof get>>()
const leaveAll = () => requests.forEach((request) => request.destroy(new Error('left')))

type Writer = (write: (text: string) => Promise<void>, way: Way) => Promise<void>

/** A panel on a port of its own, whose agent writes into the pipe what `writer` does, as the real one would. */
async function withStream(writer: Writer, answers: Answers = {}) {
  const made = await panelWithMariadb(answers)
  const { panel, mariadb, directories, app } = made
  await newDatabases(panel, { name: 'shop' })
  const ended: unknown[] = []
  answers['databases.stream'] ??= async ({ pipe }, way) => {
    const path = join(directories.pipes, pipe)
    execFileSync('mkfifo', [path])
    const handle = await open(path, constants.O_RDWR | constants.O_NONBLOCK)
    try {
      way.progress({ step: 'ready', percent: 0 })
      await writer(async (text) => {
        for (let rest = Buffer.from(text); rest.length > 0 && !way.leave.aborted;) {
          const written = await handle.write(rest).then(
            ({ bytesWritten }) => bytesWritten,
            (error: NodeJS.ErrnoException) =>
              error.code === 'EAGAIN' ? sleep(2).then(() => 0) : Promise.reject(error),
          )
          rest = rest.subarray(written)
        }
      }, way)
      ended.push(way.leave.aborted ? 'left' : 'whole')
      return {}
    } catch (error) {
      ended.push(error)
      throw error
    } finally {
      await handle.close()
      await unlink(path)
    }
  }
  mariadb.reset()
  const server = createServer(toNodeHandler(app)).listen(0, '127.0.0.1')
  onTestFinished(() => void server.closeAllConnections())
  onTestFinished(() => void server.close())
  const authorization = (await tokenFor(panel, ['databases:read'])).authorization
  await new Promise((resolve) => server.once('listening', resolve))
  const ask = (query = '', database = 'shop') =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const request = get(
        {
          port: (server.address() as AddressInfo).port,
          path: `/api/databases/${database}/export${query}`,
          headers: { authorization },
        },
        resolve,
      ).on('error', reject)
      requests.clear()
      requests.add(request)
    })
  return { ...made, ask, ended, pipes: () => readdirSync(directories.pipes) }
}

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
/** Until whoever is asked says so; the agent would notice by itself. */
const until = async (signal: AbortSignal) => {
  while (!signal.aborted) await sleep(5)
}

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

it.each([
  ['while it flows', 'more and more\n'],
  ['while it pauses', ''],
])('a reader who leaves ends the dump: %s', async (_, more) => {
  const { ask, ended, pipes } = await withStream(async (write, { leave }) => {
    await write('first')
    while (more && !leave.aborted) await write(more.repeat(1000))
    await until(leave)
  })
  const answer = await ask()
  await new Promise((resolve) => answer.once('readable', resolve))
  expect(ended).toEqual([])
  answer.destroy()
  await expect.poll(() => ended).toEqual(['left'])
  await expect.poll(pipes).toEqual([])
})

it('a reader who has left before it began ends it too', async () => {
  let begin!: () => void
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const { ended, pipes, mariadb, panel, ask } = await withStream(async (_, { leave }) => until(leave))
  const stream = mariadb.answers['databases.stream']!
  mariadb.answers['databases.stream'] = async (input, way) => {
    await begun
    return stream(input, way)
  }
  const asking = ask()
  asking.catch(() => undefined)
  await expect.poll(() => mariadb.asked('databases.stream')).toHaveLength(1)
  leaveAll()
  await expect(asking).rejects.toThrow()
  await sleep(50)
  begin()
  await expect.poll(() => ended).toEqual(['left'])
  await expect.poll(pipes).toEqual([])
  expect((await panel.call('GET /api/databases')).status).toBe(200)
})

it('a reader who reads nothing holds the dump up, and the panel keeps little of it', async () => {
  let written = 0
  const { ask, ended } = await withStream(async (write, { leave }) => {
    for (; written < 200 && !leave.aborted; written++) await write('x'.repeat(1024 * 1024))
  })
  const answer = await ask()
  await expect
    .poll(async () => {
      const before = written
      await sleep(300)
      return written - before
    })
    .toBe(0)
  expect(written).toBeLessThan(50)
  answer.destroy()
  await expect.poll(() => ended).toEqual(['left'])
})

it('what is not there, and what nobody may have, is not asked for', async () => {
  const { ask, mariadb } = await withStream(() => Promise.resolve())
  expect(await codeOf(await ask('', 'none'))).toEqual([404, 'database_not_found'])
  for (const query of ['?compression=xz', '?compression=', '?x=1', '?compression=gzip&compression=-c'])
    expect((await codeOf(await ask(query)))[0], query).toBe(422)
  expect(mariadb.asked('databases.stream')).toEqual([])
})
