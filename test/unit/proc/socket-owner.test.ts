import { chmodSync, chownSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { isSocketOf } from '../../../lib/proc/socket-owner.ts'

describe.runIf(process.getuid!() === 0)('a socket is the panel’s', () => {
  const uid = 64_990
  let parent: string, directory: string, path: string
  beforeEach(async () => {
    parent = mkdtempSync(join(tmpdir(), 'hosting-panel-'))
    directory = join(parent, 'panel')
    path = join(directory, 'panel.sock')
    mkdirSync(directory)
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(path, resolve))
    chownSync(directory, uid, 33)
    chmodSync(directory, 0o2750)
    chownSync(path, uid, 33)
    onTestFinished(() => {
      server.close()
      rmSync(parent, { recursive: true })
    })
  })

  it('where all of it is its own', () => expect(isSocketOf(path, uid)).toBe(true))

  it.each([
    ['the socket is somebody else’s', () => chownSync(path, 1001, 33)],
    ['the directory is somebody else’s', () => chownSync(directory, 1001, 33)],
    ['nginx may write to the directory', () => chmodSync(directory, 0o2770)],
    ['everybody may write to the directory', () => chmodSync(directory, 0o2757)],
    ['everybody may exchange the directory', () => chmodSync(parent, 0o1777)],
    ['the directory’s own is somebody else’s', () => chownSync(parent, 1001, 1001)],
    [
      'the directory is a link',
      () => {
        renameSync(directory, `${directory}2`)
        symlinkSync(`${directory}2`, directory)
      },
    ],
    [
      'the socket is a file',
      () => {
        rmSync(path)
        writeFileSync(path, '')
        chownSync(path, uid, 33)
      },
    ],
    ['nothing is there', () => rmSync(path)],
  ])('and not where %s', (_, change) => {
    change()
    expect(isSocketOf(path, uid)).toBe(false)
  })
})
