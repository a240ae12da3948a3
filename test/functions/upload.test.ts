import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, request, type ClientRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toNodeHandler } from 'h3'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { newDatabases, panelWithMariadb, tokenFor } from './_mariadb.ts'

/** A panel on a port of its own, as uploads reach it on a server. */
async function withServer() {
  const made = await panelWithMariadb()
  const { panel, app, directories } = made
  await newDatabases(panel, { name: 'shop' })
  const received: Buffer[] = []
  made.mariadb.answers['databases.import'] = ({ from }) => {
    received.push(readFileSync(join(process.env.HOSTING_PANEL_UPLOADS!, from.id)))
    return { copyBytes: null }
  }
  made.mariadb.forget()
  const server = createServer(toNodeHandler(app)).listen(0, '127.0.0.1')
  onTestFinished(() => void server.closeAllConnections())
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const { authorization } = await tokenFor(panel, ['databases:write', 'jobs:read'])
  /** Begins to send; the answer may come before all is sent. */
  const send = (headers: Record<string, string | number> = {}): { sender: ClientRequest; answer: Promise<[status: number, body: Record<string, string>]> } => {
    const sender = request({
      port: (server.address() as AddressInfo).port, method: 'POST', path: '/api/databases/shop/import', headers: { authorization, 'content-type': 'application/sql', prefer: 'wait=20', ...headers },
    })
    const answer = new Promise<[number, Record<string, string>]>((resolve, reject) => {
      sender.on('error', reject).on('response', (response: IncomingMessage) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part)).on('error', reject)
        response.on('end', () => resolve([response.statusCode!, JSON.parse(Buffer.concat(parts).toString()) as Record<string, string>]))
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
  await expect.poll(() => panel.ctx.db.sqlite.prepare("SELECT code FROM audit WHERE action = 'database.import'").all()).toEqual([{ code: 'upload_cut_off' }])
})

it('of another type is refused before it is sent', async () => {
  const { send, uploads } = await withServer()
  const { sender, answer } = send({ 'content-type': 'application/json', expect: '100-continue', 'content-length': 10_000_000 })
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

const mayMount = process.getuid?.() === 0 && (() => {
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
    const disk = process.env.HOSTING_PANEL_UPLOADS = smallDisk(320)
    execFileSync('mount', ['-o', 'remount,ro', disk])
    const { sender, answer } = send({ 'content-length': 6 })
    sender.end('INSERT')
    expect(await answer).toMatchObject([500, { code: 'internal_error' }])
  })
})
