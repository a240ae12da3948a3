import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { withServer } from './_server.ts'

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
