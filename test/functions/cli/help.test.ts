import { expect, it } from 'vitest'
import { openCli } from '../_cli.ts'

it('shows help at every level, and is called wrongly with 2', async () => {
  const { cli } = await openCli()
  for (const args of [
    [],
    ['--help'],
    ['help'],
    ['sites', '--help'],
    ['sites', 'create', '-h'],
    ['sites', 'delete', 'a.test', '--help'],
    ['reset-admin', '--help'],
    ['completion', '--help'],
  ]) {
    expect(await cli(args), args.join(' ')).toMatchObject({
      exit: 0,
      err: '',
      out: expect.stringMatching(/^Usage: hosting-panel /) as string,
    })
  }
  expect((await cli(['sites', 'create', '--help'])).out).toContain('--php-settings.memory-limit-mb NUMBER')
  expect(await cli(['--version'])).toEqual({ exit: 0, out: '1.2.3\n', err: '' })
  expect(await cli(['stes'])).toEqual({
    exit: 2,
    out: '',
    err: 'hosting-panel: There is no command "stes"; did you mean sites? hosting-panel --help lists them\n',
  })
  expect(await cli(['sites'])).toMatchObject({ exit: 2, err: expect.stringContaining('Name a command') as string })
  expect(await cli(['completion', 'fish'])).toMatchObject({ exit: 2 })
  expect(await cli(['\x1b]0;owned\x07'])).toMatchObject({
    exit: 2,
    err: expect.not.stringMatching(/[\x1b\x07]/) as string,
  })
})
