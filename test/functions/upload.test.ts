import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, request, type ClientRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toNodeHandler } from 'h3'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { giveDatabase } from '../../lib/panel/store/databases.ts'
import { addDump } from '../../lib/panel/store/dumps.ts'
import { newDatabases, panelWithMariadb, tokenFor } from './_mariadb.ts'
import { newUser, putSite } from './_users.ts'

/** A panel on a port of its own, as uploads reach it on a server. */
async function withServer() {
  const made = await panelWithMariadb()
  const { panel, app, directories } = made
  await newDatabases(panel, { name: 'shop' })
  const received: Buffer[] = []
  made.mariadb.answers['databases.import'] = ({ from }) => {
    received.push(readFileSync(join(process.env.HOSTING_PANEL_UPLOADS!, from.id)))
    return { copyBytes: null, notes: [] }
  }
  made.mariadb.reset()
  const server = createServer(toNodeHandler(app)).listen(0, '127.0.0.1')
  onTestFinished(() => void server.closeAllConnections())
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const { authorization } = await tokenFor(panel, ['databases:write', 'jobs:read'])
  /** Begins to send; the answer may come before all is sent. */
  const send = (
    headers: Record<string, string | number> = {},
  ): { sender: ClientRequest; answer: Promise<[status: number, body: Record<string, string>]> } => {
    const sender = request({
      port: (server.address() as AddressInfo).port,
      method: 'POST',
      path: '/api/databases/shop/import',
      headers: { authorization, 'content-type': 'application/sql', prefer: 'wait=20', ...headers },
    })
    const answer = new Promise<[number, Record<string, string>]>((resolve, reject) => {
      sender.on('error', reject).on('response', (response: IncomingMessage) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part)).on('error', reject)
        response.on('end', () =>
          resolve([response.statusCode!, JSON.parse(Buffer.concat(parts).toString()) as Record<string, string>]),
        )
      })
    })
    answer.catch(() => undefined)
    return { sender, answer }
  }
  const uploads = () => readdirSync(process.env.HOSTING_PANEL_UPLOADS!)
  return { ...made, directories, received, send, uploads }
}

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

/** A disk of its own; the tests must be root for it. */
function smallDisk(mb: number): string {
  const disk = mkdtempSync(join(tmpdir(), 'hosting-panel-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mb}m`, 'tmpfs', disk])
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', disk])
    rmSync(disk, { recursive: true })
  })
  return disk
}

const mayMount =
  process.getuid?.() === 0 &&
  (() => {
    try {
      const disk = mkdtempSync(join(tmpdir(), 'hosting-panel-'))
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'ignore' })
      execFileSync('umount', [disk])
      rmSync(disk, { recursive: true })
      return true
    } catch {
      return false
    }
  })()

describe.skipIf(!mayMount)('on a disk', () => {
  it('that is nearly full is not taken, and whoever still sends is told', async () => {
    const { send, uploads, mariadb } = await withServer()
    process.env.HOSTING_PANEL_UPLOADS = smallDisk(64)
    const { sender, answer } = send({ 'content-length': 200_000_000 })
    sender.write(Buffer.alloc(1_000_000))
    const [status, body] = await answer
    expect([status, body.code]).toEqual([507, 'disk_full'])
    await expect.poll(uploads).toEqual([])
    expect(mariadb.order()).toEqual([])
    sender.destroy()
  })

  it('that fills up meanwhile leaves the others their share', async () => {
    const { send, uploads } = await withServer()
    process.env.HOSTING_PANEL_UPLOADS = smallDisk(320)
    const { sender, answer } = send({ 'content-length': 400_000_000 })
    let open = true
    const over = answer.then((told) => {
      open = false
      return told
    })
    const part = Buffer.alloc(4 * 1024 * 1024)
    for (let sent = 0; open && sent < 90; sent++) {
      if (!sender.write(part)) await Promise.race([new Promise((resolve) => sender.once('drain', resolve)), over])
    }
    expect((await over)[0]).toBe(507)
    await expect.poll(uploads).toEqual([])
    sender.destroy()
  })

  it('that is read only is the server’s trouble, not the sender’s', async () => {
    const log = vi.spyOn(console, 'error').mockReturnValue()
    onTestFinished(() => log.mockRestore())
    const { send } = await withServer()
    const disk = (process.env.HOSTING_PANEL_UPLOADS = smallDisk(320))
    execFileSync('mount', ['-o', 'remount,ro', disk])
    const { sender, answer } = send({ 'content-length': 6 })
    sender.end('INSERT')
    expect(await answer).toMatchObject([500, { code: 'internal_error' }])
  })
})

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
