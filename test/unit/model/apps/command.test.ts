import { describe, expect, it } from 'vitest'
import { commandProblem, toArgv } from '../../../../lib/model/apps/command.ts'

const values = { PORT: '20001', HOST: '127.0.0.1' }

describe('a command line', () => {
  it.each<[string, string[]]>([
    ['node server.js', ['node', 'server.js']],
    ['  next   start -p $PORT  ', ['next', 'start', '-p', '20001']],
    ['gunicorn -b ${HOST}:$PORT app:app', ['gunicorn', '-b', '127.0.0.1:20001', 'app:app']],
    ['node -e "console.log(1, \\"two\\")"', ['node', '-e', 'console.log(1, "two")']],
    ["printf '%s' '$PORT; $(id)'", ['printf', '%s', '$PORT; $(id)']],
    ['a\\ b "" c"d"\'e\'', ['a b', '', 'cde']],
    ['echo "$PORT" \\$PORT', ['echo', '20001', '$PORT']],
  ])('%s', (text, argv) => expect(toArgv(text, values)).toEqual(argv))

  it.each([
    '',
    '   ',
    'a; b',
    'a && b',
    'a | b',
    'a > b',
    'a < b',
    'a `id`',
    'a $(id)',
    'a "`id`"',
    'a "$(id)"',
    'a & ',
    '(a)',
    "a 'open",
    'a "open',
    'a \\',
    'a $HOME',
    'a ${PATH}',
    'a $',
    'FOO=1 node a.js',
    'a\nb',
    'a\0b',
    'a \u0007',
  ])('%j is refused with words', (text) => {
    expect(commandProblem(text)!.length).toBeGreaterThan(20)
    expect(toArgv(text, values)).toBeNull()
  })

  it('takes no time over long ones', () => {
    const start = performance.now()
    commandProblem(`${'"'.repeat(1000)}${'\\'.repeat(1001)}`)
    commandProblem(`a ${'$PORT'.repeat(200)}'`)
    expect(performance.now() - start).toBeLessThan(500)
  })
})
