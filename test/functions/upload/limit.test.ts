import { describe, expect, it } from 'vitest'
import { giveDatabase } from '../../../lib/panel/store/databases.ts'
import { addDump } from '../../../lib/panel/store/dumps.ts'
import { newUser, putSite } from '../_users.ts'
import { withServer } from './_server.ts'

describe('for somebody with a limit of disk', () => {
  /** The database is ann's, who may have 20 MB and has 3 of them in it. */
  async function withLimit() {
    const made = await withServer()
    await newUser(made.panel, 'ann', { diskMb: 20 })
    giveDatabase(made.ctx.db, 'shop', null, 'ann')
    const used = async () =>
      (await made.call('GET /api/users/{user}', { path: '/api/users/ann' })).body.usage.parts.uploadsMb as number
    return { ...made, used }
  }
  const refusal = [403, { code: 'limit_reached', message: expect.stringContaining('ann may use') as string }]

  it('is refused before it is sent when it says how large it is', async () => {
    const { send, uploads } = await withLimit()
    const { sender, answer } = send({ 'content-length': 18 * MIB })
    sender.flushHeaders()
    expect(await answer).toMatchObject(refusal)
    expect(uploads()).toEqual([])
    sender.destroy()
  })

  it('is refused while it is sent, and counts together with what else is', async () => {
    const { send, uploads, used, mariadb } = await withLimit()
    const [first, second] = [send(), send()]
    for (const { sender } of [first, second]) sender.write(Buffer.alloc(8 * MIB, 1))
    await expect.poll(used).toBe(16)
    second.sender.write(Buffer.alloc(2 * MIB, 1))
    expect(await second.answer).toMatchObject(refusal)
    second.sender.destroy()
    await expect.poll(used).toBe(8)
    first.sender.end()
    expect(await first.answer).toMatchObject([200, { state: 'done' }])
    expect([uploads(), await used(), mariadb.asked('databases.import').length]).toEqual([[], 0, 1])
  })

  it('is refused while it is sent once its owner has no room any more, whatever else took it', async () => {
    const { send, uploads, used, ctx, mariadb } = await withLimit()
    const { sender, answer } = send()
    sender.write(Buffer.alloc(8 * MIB, 1))
    await expect.poll(used).toBe(8)
    addDump(ctx.db, { ...dump, bytes: 10 * MIB })
    let open = true
    const over = answer.finally(() => (open = false))
    while (open) {
      sender.write('-')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(await over).toMatchObject(refusal)
    sender.destroy()
    await expect.poll(uploads).toEqual([])
    expect([await used(), mariadb.asked('databases.import')]).toEqual([0, []])
  })

  it('is refused before it is sent when its owner is full, by bytes or by files', async () => {
    const { send, call, ctx, uploads } = await withLimit()
    const told = async () => {
      const { sender, answer } = send({ expect: '100-continue', 'content-length': 10 })
      sender.flushHeaders()
      const [status, { code, message }] = await answer
      sender.destroy()
      return [status, code, message]
    }
    addDump(ctx.db, { ...dump, bytes: 18 * MIB })
    const more = 'Ask the administrator for more, or remove something first'
    expect(await told()).toEqual([403, 'limit_reached', `ann uses 21 MB of disk and may use 20 MB. ${more}`])
    putSite({ ctx }, 'ann.test', 'ann')
    await call('PATCH /api/users/{user}', { path: '/api/users/ann', body: { limits: { diskMb: null, files: 10 } } })
    expect(await told()).toEqual([403, 'limit_reached', `ann has 10 files and may have 10. ${more}`])
    expect([uploads(), (await call('GET /api/jobs')).body.jobs]).toEqual([[], []])
  })

  it('goes into no database that is full', async () => {
    const { send, ctx } = await withLimit()
    ctx.db.sqlite.prepare("UPDATE databases SET spec = json_set(spec, '$.full', json('true'))").run()
    const { sender, answer } = send()
    sender.end('SELECT 1')
    expect(await answer).toMatchObject([
      403,
      { code: 'limit_reached', message: expect.stringContaining('shop is full') as string },
    ])
  })
})

const MIB = 1024 * 1024
const dump = {
  id: 'a'.repeat(32),
  database: 'shop',
  reason: 'export',
  compression: 'gzip',
  owner: 'ann',
  site: null,
  createdAt: '2026-11-29T00:00:00.000Z',
  keptUntil: '2099-01-01T00:00:00.000Z',
} as const
