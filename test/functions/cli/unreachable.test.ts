import { createServer } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { openCli } from '../_cli.ts'

it('ends with 3 when nobody answers, and tells its token to nobody but the panel', async () => {
  const { cli, server, access } = await openCli()
  access.uid = 65_534
  const foreign = await cli(['sites', 'list'])
  expect(foreign).toMatchObject({ exit: 3, out: '' })
  expect(foreign.err).toMatch(
    /^hosting-panel: \S+\/panel\.sock does not belong to the panel, so nothing was sent to it\..*install\.sh/,
  )
  access.uid = process.getuid!()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  const silent = await cli(['sites', 'list'])
  expect(silent).toMatchObject({
    exit: 3,
    out: '',
    err: expect.stringMatching(
      /does not answer on \S+\/panel\.sock .*(?:ENOENT|ECONNREFUSED).*systemctl status hosting-panel/,
    ) as string,
  })
})

it('ends with 3 when the panel goes away in the middle, and with 1 when the token is not its own', async () => {
  const { cli, access } = await openCli()
  const cut = createServer((request) => request.socket.destroy())
  const { socketPath } = access
  await new Promise<void>((resolve) => cut.listen(`${socketPath}.cut`, resolve))
  onTestFinished(() => void cut.close())
  access.socketPath = `${socketPath}.cut`
  expect(await cli(['sites', 'list'])).toMatchObject({
    exit: 3,
    err: expect.stringContaining('it is unknown whether this was done') as string,
  })
  Object.assign(access, { socketPath, token: 'hp_wrong' })
  expect(await cli(['sites', 'list'])).toMatchObject({
    exit: 1,
    err: expect.stringMatching(/^hosting-panel: token_invalid: .*run install\.sh again to make a new one/) as string,
  })
})
