import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { drawProgress } from '../../../lib/cli/progress.ts'

function screen(isTTY: boolean) {
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 30 })
  const written = () => String(stderr.read() ?? '')
  return { written, progress: drawProgress({ stdin: new PassThrough(), stdout: new PassThrough(), stderr, env: {} }) }
}

function work({ progress }: ReturnType<typeof screen>, ok: boolean): void {
  progress.step('Fetch')
  progress.percent(40)
  progress.output('(Reading ... 5%\rGet:1 a very long line of output that does not fit')
  progress.step('Install')
  progress.end(ok)
}

it('draws progress line by line where nothing can be written over', () => {
  const plain = screen(false)
  work(plain, true)
  expect(plain.written()).toBe('  0% Fetch\n 40% Install\n100% done\n')
  work(plain, false)
  expect(plain.written()).toBe(
    ' 40% Fetch\n 40% Install\n    Get:1 a very long line of output that does not fit\n    Get:1 a very long ' +
      'line of output that does not fit\n',
  )
})

it('draws progress on one line a step on a terminal', () => {
  const live = screen(true)
  work(live, true)
  expect(live.written().split('\r\x1b[K').slice(1)).toEqual([
    '· Fetch',
    '· Fetch 40%',
    '· Fetch 40%  Get:1 a very lo…',
    '\x1b[32m✓\x1b[0m Fetch\n',
    '· Install',
    '\x1b[32m✓\x1b[0m Install\n',
  ])
})
