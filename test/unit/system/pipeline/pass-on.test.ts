import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { headOf, openFile, pipeline, type Stage } from '../../../../lib/system/pipeline.ts'
import { node, stages } from './_stages.ts'

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
