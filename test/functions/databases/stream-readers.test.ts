import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { requests, until, withStream } from './_stream.ts'

const leaveAll = () => requests.forEach((request) => request.destroy(new Error('left')))

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
