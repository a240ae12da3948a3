import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { headOf, openFile, pipeline, type Stage } from '../../../lib/system/pipeline.ts'
import { listProcesses } from '../../../lib/proc/processes.ts'
import type { Argv } from '../../../lib/system/run.ts'

function ownDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hosting-panel-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return directory
}

async function file(content: string | Buffer = '', flags = 'r'): Promise<FileHandle & { path: string }> {
  const path = join(ownDirectory(), 'file')
  writeFileSync(path, content)
  const handle = await open(path, flags)
  onTestFinished(() => handle.close().catch(() => undefined))
  return Object.assign(handle, { path })
}

const stages = (...argvs: Argv[]): Stage[] => argvs.map((argv) => ({ argv }))
const node = (script: string): Argv => [process.execPath, '-e', script]
/** How programs of this name run, told by what only this test's arguments have. */
const running = (mark: string): number => listProcesses().filter(({ title }) => title.includes(mark)).length
const codes = ({ ended }: { ended: { code: number }[] }): number[] => ended.map(({ code }) => code)

it('passes on from one to the next, from a file to a file', async () => {
  const text = 'all of it\n'.repeat(300_000)
  const [input, output] = [await file(text), await file('', 'w')]
  expect(
    await pipeline(stages(['cat'], ['gzip', '-c'], ['gzip', '-d', '-c'], ['cat']), {
      input: input.fd,
      output: output.fd,
    }),
  ).toEqual({ ended: Array(4).fill({ code: 0, said: '' }), stdout: '' })
  expect(readFileSync(output.path, 'utf8') === text).toBe(true)
})

it('leaves the descriptors it was given open', async () => {
  const [input, output] = [await file('abc'), await file('', 'w')]
  await pipeline(stages(['cat']), { input: input.fd, output: output.fd })
  expect([(await input.stat()).size, (await output.stat()).size]).toEqual([3, 3])
})

it('without an output keeps what comes out, as far as it goes', async () => {
  expect((await pipeline(stages(['printf', 'a b'], ['cat']), {})).stdout).toBe('a b')
  const { stdout } = await pipeline(stages(node("process.stdout.write('x'.repeat(1_000_000))")), {})
  expect(stdout).toMatch(/^x+$/)
  expect(stdout.length).toBeLessThanOrEqual(65_536)
})

it('without an input there is none', async () =>
  expect(await pipeline(stages(['cat']), {})).toEqual({ ended: [{ code: 0, said: '' }], stdout: '' }))

it('tells how each ended', async () => {
  expect(codes(await pipeline(stages(['true'], ['false'], node('process.exit(7)')), {}))).toEqual([0, 1, 7])
  expect(codes(await pipeline(stages(node("process.kill(process.pid, 'SIGKILL')"), ['cat']), {}))).toEqual([137, 0])
  expect(codes(await pipeline(stages(node("process.kill(process.pid, 'SIGTERM')")), {}))).toEqual([143])
})

it.each([0, 1, 2])('a program that is missing ends with 127, and the others end: number %i', async (place) => {
  const argvs: Argv[] = [['printf', 'abc'], ['cat'], ['cat']]
  argvs[place] = ['/does/not/exist']
  const { ended } = await pipeline(stages(...argvs), {})
  expect(ended[place]).toEqual({ code: 127, said: 'spawn /does/not/exist ENOENT' })
  expect(ended.filter((_, index) => index > place).map(({ code }) => code)).toEqual(Array(2 - place).fill(0))
})

it('tells the lines of standard error, and keeps the last of them', async () => {
  const lines: string[] = []
  const script = "for (let i = 0; i < 100; i++) console.error('line ' + i); console.error('y'.repeat(5000))"
  const {
    ended: [only],
    stdout,
  } = await pipeline([{ argv: node(script), onLine: (line) => lines.push(line) }], {})
  expect([lines.length, lines[0], lines.at(-1)!.length]).toEqual([101, 'line 0', 5000])
  expect(only!.said.split('\n')).toEqual([...Array.from({ length: 39 }, (_, i) => `line ${i + 61}`), 'y'.repeat(2000)])
  expect(stdout).toBe('')
})

it('gives programs a small environment, and a stage’s own', async () => {
  const print: Stage = { argv: ['env'], env: { OWN: '$(id)' } }
  const { stdout } = await pipeline([print], {})
  expect(stdout.trim().split('\n').sort()).toEqual([
    'LANG=C.UTF-8',
    'LC_ALL=C.UTF-8',
    'OWN=$(id)',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ])
})

it('takes no argument for more than it is', async () => {
  const hostile = [
    '$(id)',
    '`id`',
    ';id',
    '| id',
    '&& id',
    '\n',
    '"',
    "'",
    '*',
    '~',
    '../../etc/passwd',
    '\u{1f600}',
    'x'.repeat(100),
  ]
  expect((await pipeline(stages(['printf', '%s\\n', ...hostile], ['cat']), {})).stdout).toBe(
    hostile.map((each) => `${each}\n`).join(''),
  )
})

it('a reader that ends early ends those before it', async () => {
  const { ended, stdout } = await pipeline(stages(['yes', 'early'], ['cat'], ['head', '-c', '12']), {})
  expect([ended.map(({ code }) => code !== 0), stdout]).toEqual([[true, true, false], 'early\nearly\n'])
})

it('a writer that dies leaves the others to end by themselves, and is known', async () => {
  const { ended, stdout } = await pipeline(
    stages(
      node("process.stdout.write('half'); process.stderr.write('no more'); process.exitCode = 3"),
      ['gzip', '-c'],
      ['gzip', '-d', '-c'],
    ),
    {},
  )
  expect([ended, stdout]).toEqual([
    [
      { code: 3, said: 'no more' },
      { code: 0, said: '' },
      { code: 0, said: '' },
    ],
    'half',
  ])
})

it('is cancelled: all are killed', async () => {
  const cancel = new AbortController()
  const mark = `31.${process.pid}`
  const going = pipeline(stages(['sleep', mark], ['sleep', mark], ['sleep', mark]), { cancel: cancel.signal })
  await expect.poll(() => running(`sleep ${mark}`)).toBe(3)
  cancel.abort()
  expect(codes(await going)).toEqual([137, 137, 137])
  expect(running(`sleep ${mark}`)).toBe(0)
})

it('is cancelled before it began: nothing runs on', async () => {
  expect(codes(await pipeline(stages(['sleep', '60'], ['sleep', '60']), { cancel: AbortSignal.abort() }))).toEqual([
    137, 137,
  ])
})

it('when it has ended, cancelling is late', async () => {
  const cancel = new AbortController()
  expect(codes(await pipeline(stages(['true']), { cancel: cancel.signal }))).toEqual([0])
  expect(() => cancel.abort()).not.toThrow()
})

it('tells each second how far the first and the last are', async () => {
  const input = await file('x'.repeat(1000))
  const ticks: [number, number][] = []
  const cancel = new AbortController()
  const begun = performance.now()
  const slow = node("const { readSync } = require('fs'); readSync(0, Buffer.alloc(100)); setTimeout(() => {}, 60_000)")
  await pipeline(stages(slow), {
    input: input.fd,
    cancel: cancel.signal,
    onTick: (read, taken) => {
      ticks.push([read, taken])
      // A slow machine may tell before the program has read.
      if (read > 0) cancel.abort()
    },
  })
  const [read, taken] = ticks.at(-1)!
  expect([read, taken > 100]).toEqual([100, true])
  expect(performance.now() - begun).toBeGreaterThan(ticks.length * 1000 - 50)
})

it('tells all of the input as read while the last goes on after the first has ended', async () => {
  const input = await file('x'.repeat(1000))
  const reads: number[] = []
  const cancel = new AbortController()
  const onTick = (read: number) => {
    reads.push(read)
    if (reads.length === 3) cancel.abort()
  }
  await pipeline(stages(['cat'], ['sleep', '60']), { input: input.fd, cancel: cancel.signal, onTick })
  expect(reads.slice(1)).toEqual([1000, 1000])
})

it.each([
  [
    'throws',
    () => {
      throw new Error('too much')
    },
  ],
  ['is refused', () => Promise.reject(new Error('too much'))],
])('a look that %s ends all, and is thrown', async (_, onTick) => {
  const mark = `32.${process.pid}`
  await expect(pipeline(stages(['sleep', mark], ['sleep', mark]), { onTick })).rejects.toThrow('too much')
  expect(running(`sleep ${mark}`)).toBe(0)
})

it('the first bytes are there, whether the program has ended by then or goes on', async () => {
  const input = await file('begin'.repeat(10))
  for (let i = 0; i < 40; i++) expect((await headOf({ argv: ['cat'] }, input.fd, 10)).toString()).toBe('beginbegin')
  expect((await headOf({ argv: ['cat'] }, input.fd, 1000)).toString()).toBe('begin'.repeat(10))
  expect((await headOf({ argv: ['yes', 'on'] }, input.fd, 6)).toString()).toBe('on\non\n')
  expect((await headOf({ argv: ['true'] }, input.fd, 10)).length).toBe(0)
  expect((await headOf({ argv: ['/does/not/exist'] }, input.fd, 10).catch(() => Buffer.alloc(0))).length).toBe(0)
  expect(
    (await input.read(Buffer.alloc(5), 0, 5, null)).buffer.toString(),
    'the descriptor itself stays where it was',
  ).toBe('begin')
})

it('opens files alone, never links, and makes none that is there', async () => {
  const directory = ownDirectory()
  writeFileSync(join(directory, 'file'), 'x')
  symlinkSync(join(directory, 'file'), join(directory, 'link'))
  symlinkSync('/does/not/exist', join(directory, 'dangling'))
  await (await openFile(join(directory, 'file'), 'read')).close()
  const made = await openFile(join(directory, 'new'), 'create')
  await made.close()
  expect(statSync(join(directory, 'new')).mode & 0o777).toBe(0o600)
  for (const name of ['link', 'dangling']) {
    await expect(openFile(join(directory, name), 'read')).rejects.toThrow('ELOOP')
    await expect(openFile(join(directory, name), 'create')).rejects.toThrow('EEXIST')
  }
  await expect(openFile(join(directory, 'file'), 'create')).rejects.toThrow('EEXIST')
  await expect(openFile(directory, 'read')).rejects.toThrow('is not a file')
  await expect(openFile('/dev/null', 'read')).rejects.toThrow('is not a file')
})
