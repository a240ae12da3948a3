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
