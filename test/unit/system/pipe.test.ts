import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { pipeline } from '../../../lib/system/pipeline.ts'

const directory = vi.hoisted(() => ({ path: '' }))
vi.mock('../../../lib/model/paths.ts', async (original) => {
  const { paths, ...rest } = await original<typeof import('../../../lib/model/paths.ts')>()
  return {
    ...rest,
    paths: {
      ...paths,
      get pipes() {
        return directory.path
      },
    },
  }
})
// The panel's group is there on a server alone.
vi.mock('../../../lib/system/passwd.ts', () => ({ passwd: { gid: () => 12_345 } }))
const { pipePath, withPipe } = await import('../../../lib/system/pipe.ts')

const home = mkdtempSync(join(tmpdir(), 'hosting-panel-'))
directory.path = join(home, 'pipes')
afterAll(() => rmSync(home, { recursive: true }))
const id = 'a'.repeat(32)

/** All that comes out of a pipe, as the panel reads it. */
async function read(path: string): Promise<string> {
  const handle = await open(path, 'r')
  try {
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

/** Waits for the pipe, and then as long as told, before it reads. */
const reader = (pause = 0) => {
  let made!: () => void
  const text = new Promise<void>((resolve) => (made = resolve)).then(() => sleep(pause)).then(() => read(pipePath(id)))
  return { text, onMade: () => made(), gone: new AbortController().signal }
}
const print = (text: string) => (output: number) => pipeline([{ argv: ['printf', text] }], { output })

describe.skipIf(process.getuid?.() !== 0)('a pipe', () => {
  it('is there for the panel’s group alone, as long as the work goes on', async () => {
    const { text, ...rest } = reader()
    await withPipe(id, rest, async (output) => {
      const [around, pipe] = [statSync(directory.path), statSync(pipePath(id))]
      expect([around.mode & 0o777, around.uid, around.gid]).toEqual([0o750, 0, 12_345])
      expect([pipe.isFIFO(), pipe.mode & 0o777, pipe.uid, pipe.gid]).toEqual([true, 0o640, 0, 12_345])
      expect((await print('a dump')(output)).ended).toEqual([{ code: 0, said: '' }])
    })
    expect([await text, readdirSync(directory.path)]).toEqual(['a dump', []])
  })

  it('loses nothing of work that is quicker than its reader', async () => {
    for (const pause of [0, 1, 5, 30, 150]) {
      const { text, ...rest } = reader(pause)
      await withPipe(id, rest, print(`small ${pause}`))
      expect(await text).toBe(`small ${pause}`)
    }
  })

  it('passes on more than it holds', async () => {
    const { text, ...rest } = reader()
    const work = (output: number) =>
      pipeline([{ argv: ['yes', 'and more'] }, { argv: ['head', '-c', '3000000'] }], { output })
    await withPipe(id, rest, work)
    expect((await text).length).toBe(3_000_000)
  })

  it('is gone when the work fails, and so is the answer', async () => {
    const { text, ...rest } = reader()
    await expect(withPipe(id, rest, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect([await text, readdirSync(directory.path)]).toEqual(['', []])
  })

  it('of nobody who comes is given up when whoever asked is gone', async () => {
    const gone = new AbortController()
    const work = vi.fn()
    const going = withPipe(id, { onMade: () => setTimeout(() => gone.abort(), 50), gone: gone.signal }, work)
    await expect(going).rejects.toMatchObject({ code: 'cancelled' })
    expect([work.mock.calls, readdirSync(directory.path)]).toEqual([[], []])
  })

  it('takes no name that is there', async () => {
    const { text, ...rest } = reader()
    const going = withPipe(id, rest, async (output) => {
      await expect(
        withPipe(id, { onMade: () => {}, gone: AbortSignal.abort() }, () => Promise.resolve()),
      ).rejects.toMatchObject({ code: 'command_failed' })
      return print('still')(output)
    })
    await going
    expect(await text).toBe('still')
  })
})
