import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { fieldsOf } from '../../../lib/cli/fields.ts'
import { parse } from '../../../lib/cli/parse.ts'
import { toRequest } from '../../../lib/cli/request.ts'
import { readSecrets } from '../../../lib/cli/secrets.ts'
import { command } from './_document.ts'

/** A terminal with somebody at its keyboard. */
function keyboard() {
  const modes: boolean[] = []
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (mode: boolean) => modes.push(mode) })
  const stderr = new PassThrough()
  return {
    modes,
    type: (text: string) => stdin.write(text),
    shown: () => String(stderr.read() ?? ''),
    terminal: { stdin, stdout: new PassThrough(), stderr, env: {} },
  }
}

const password = fieldsOf(command('users', 'create').operation).filter(({ option }) => option === 'password')

it('asks on a terminal, without showing what is typed, and puts the terminal back', async () => {
  const { modes, type, shown, terminal } = keyboard()
  const reading = readSecrets(terminal, password)
  type('wrongg\x7f ü\x7fx')
  type(' words\r')
  expect((await reading).map(({ value }) => value)).toEqual(['wrong x words'])
  expect(shown()).toBe('password: \n')
  expect(modes).toEqual([true, false])
})

it('lets somebody give up', async () => {
  const { modes, type, terminal } = keyboard()
  const reading = readSecrets(terminal, password)
  type('secr\x03')
  await expect(reading).rejects.toMatchObject({ exit: 2, message: 'Cancelled' })
  expect(modes).toEqual([true, false])
})

it('asks for a required secret by itself', async () => {
  const { type, terminal } = keyboard()
  const made = command('users', 'create')
  const request = toRequest(made, parse(made, ['--username', 'anna']), terminal)
  type('typed by hand\n')
  expect(JSON.parse((await request).body as string)).toEqual({ username: 'anna', password: 'typed by hand' })
})
