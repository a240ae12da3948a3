import { expect, it } from 'vitest'
import { attempt } from '../../../lib/system/run.ts'

const said = async (script: string) => {
  const lines: string[] = []
  const result = await attempt([process.execPath, '-e', script], { onLine: (line) => lines.push(line) })
  return { ...result, lines: lines.sort() }
}

it('tells what a program prints, line by line, and still answers it whole', async () => {
  expect(await said("console.log('one'); console.error('two')")).toEqual({ code: 0, stdout: 'one', stderr: 'two', lines: ['one', 'two'] })
})

it('answers the code of a program that fails, and of one that is missing', async () => {
  expect(await said("console.error('no'); process.exit(7)")).toEqual({ code: 7, stdout: '', stderr: 'no', lines: ['no'] })
  const lines: string[] = []
  expect(await attempt(['/does/not/exist'], { onLine: (line) => lines.push(line) })).toMatchObject({ code: 127 })
})
