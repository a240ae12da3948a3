import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { withServer } from './_server.ts'

it('arrives whole, whatever its bytes are, and is nobody else’s to read', async () => {
  const { send, received, uploads, directories } = await withServer()
  const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7919) % 256))
  const { sender, answer } = send()
  sender.write(bytes.subarray(0, 1_000_000))
  await expect.poll(uploads).toHaveLength(1)
  expect(statSync(join(directories.uploads, uploads()[0]!)).mode & 0o777).toBe(0o600)
  sender.end(bytes.subarray(1_000_000))
  expect(await answer).toMatchObject([200, { state: 'done' }])
  expect([received.length, received[0]!.equals(bytes), uploads()]).toEqual([1, true, []])
})

it('with nothing in it arrives too, for the agent to refuse', async () => {
  const { send, received } = await withServer()
  const { sender, answer } = send({ 'content-length': 0 })
  sender.end()
  expect(await answer).toMatchObject([200, { state: 'done' }])
  expect(received.map(({ length }) => length)).toEqual([0])
})

it('that is cut off leaves nothing, and begins no job', async () => {
  const { send, uploads, mariadb, call, panel } = await withServer()
  const { sender, answer } = send({ 'content-length': 1_000_000 })
  sender.write('INSERT')
  await expect.poll(uploads).toHaveLength(1)
  sender.destroy()
  await expect(answer).rejects.toThrow()
  await expect.poll(uploads).toEqual([])
  expect([mariadb.order(), (await call('GET /api/jobs')).body.jobs]).toEqual([[], []])
  await expect
    .poll(() => panel.ctx.db.sqlite.prepare("SELECT code FROM audit WHERE action = 'database.import'").all())
    .toEqual([{ code: 'upload_cut_off' }])
})

it('of another type is refused before it is sent', async () => {
  const { send, uploads } = await withServer()
  const { sender, answer } = send({
    'content-type': 'application/json',
    expect: '100-continue',
    'content-length': 10_000_000,
  })
  sender.flushHeaders()
  expect(await answer).toMatchObject([415, { code: 'unsupported_media_type' }])
  expect(uploads()).toEqual([])
  sender.destroy()
})

it('whose sender falls silent is given up after a minute, and the sender told', async () => {
  const { send, uploads } = await withServer()
  const { sender, answer } = send({ 'content-length': 1_000_000 })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  sender.write('INSERT')
  while (uploads().length === 0) await new Promise((resolve) => setImmediate(resolve))
  while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve))
  vi.advanceTimersByTime(60_000)
  vi.useRealTimers()
  expect(await answer).toMatchObject([408, { code: 'upload_cut_off' }])
  await expect.poll(uploads).toEqual([])
  sender.destroy()
})
