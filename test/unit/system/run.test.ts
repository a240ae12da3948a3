import { expect, it } from 'vitest'
import { attempt } from '../../../lib/system/run.ts'

const said = async (script: string) => {
  const lines: string[] = []
  const result = await attempt([process.execPath, '-e', script], { onLine: (line) => lines.push(line) })
  return { ...result, lines: lines.sort() }
}

it('tells what a program prints, line by line, and keeps the end', async () => {
  expect(await said("console.log('one'); setTimeout(() => console.error('two'), 50)")).toEqual({
    code: 0,
    stdout: '',
    stderr: 'one\ntwo',
    lines: ['one', 'two'],
  })
  const { lines, stderr } = await said('for (let i = 100; i < 200; i++) console.log(i)')
  expect([lines.length, stderr.split('\n').length]).toEqual([100, 60])
})

it('cuts what never ends its line', async () => {
  const { lines } = await said("process.stdout.write('x'.repeat(200_000) + '\\nend')")
  expect([lines.join('').replace('end', '').length, lines.includes('end')]).toEqual([200_000, true])
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(8_192)
})

it('ends a program that is no longer wanted', async () => {
  const cancel = new AbortController()
  setTimeout(() => cancel.abort(), 100)
  expect((await attempt(['sleep', '60'], { cancel: cancel.signal })).code).not.toBe(0)
})

it('answers the code of a program that fails, and of one that is missing', async () => {
  expect(await said("console.error('no'); process.exit(7)")).toEqual({
    code: 7,
    stdout: '',
    stderr: 'no',
    lines: ['no'],
  })
  const lines: string[] = []
  expect(await attempt(['/does/not/exist'], { onLine: (line) => lines.push(line) })).toMatchObject({ code: 127 })
})

it('ends a program that takes too long, and does not wait for what that one started', async () => {
  const began = Date.now()
  const { code, stderr } = await attempt(['sh', '-c', 'sleep 60 & sleep 60'], { timeout: 0.2 })
  expect({ code, stderr }).toEqual({ code: 124, stderr: 'sh did not end within 0.2 seconds' })
  expect(Date.now() - began).toBeLessThan(4_000)
})

it('kills a program that ignores its end', async () => {
  const { code } = await attempt(['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done'], { timeout: 0.1 })
  expect(code).toBe(124)
}, 15_000)

it('keeps no more of a program that prints on while it ignores its end', async () => {
  const { code, stdout } = await attempt(['sh', '-c', 'trap "" TERM; exec yes'])
  expect([code, stdout.length]).toEqual([137, 9_999_999])
}, 15_000)

it('keeps what a program says, without the last end of line, and ends one that never stops', async () => {
  expect(await attempt(['printf', 'a\\n\\n'])).toEqual({ code: 0, stdout: 'a\n', stderr: '' })
  const { code, stdout } = await attempt(['yes'])
  expect([code, stdout.length]).toEqual([143, 9_999_999])
})

it('gives a program its input, also one that does not read it', async () => {
  expect((await attempt(['cat'], { input: 'secret' })).stdout).toBe('secret')
  expect((await attempt(['cat'])).stdout).toBe('')
  expect((await attempt(['true'], { input: 'x'.repeat(5_000_000) })).code).toBe(0)
})

it('tells the lines of both streams one at a time', async () => {
  let open = 0
  const counts: number[] = []
  await attempt(['sh', '-c', 'seq 20; seq 20 >&2'], {
    onLine: async () => {
      counts.push(++open)
      await new Promise((resolve) => setTimeout(resolve, 1))
      open--
    },
  })
  expect(counts).toEqual(Array.from({ length: 40 }, () => 1))
})

it('ends a program whose reader fails', async () => {
  const refuse = (): never => {
    throw new Error('full')
  }
  await expect(attempt(['yes'], { onLine: refuse })).rejects.toThrow('full')
})

it('says why a program could not be started, and by which signal it was ended', async () => {
  expect(await attempt(['/etc/passwd'])).toMatchObject({ code: 126, stderr: 'spawn /etc/passwd EACCES' })
  expect((await attempt(['sh', '-c', 'kill -9 $$'])).code).toBe(137)
})
