import { beforeAll, beforeEach, expect, test } from 'vitest'
import { api, client } from './http.ts'
import type { Machine } from './machine.ts'
import { commandLine, token } from './_command-line.ts'
import { showJournalOnFailure, useMachine } from './use-machine.ts'
import { output } from './sites/_helpers.ts'

let machine: Machine

beforeAll(async () => {
  machine = await useMachine()
  // Sets the administrator up, if nobody has: another can then be removed again.
  await api(machine)
})
beforeEach(() => showJournalOnFailure(machine))

const { panel, done } = commandLine(() => machine)

test('anybody but root is refused, and cannot come by the token', async () => {
  const asOther = (...argv: string[]) =>
    machine.sh(['setpriv', '--reuid=www-data', '--regid=www-data', '--clear-groups', ...argv])
  expect(await asOther('hosting-panel', 'sites', 'list')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'hosting-panel: only root may use this command; put sudo in front of it\n',
  })
  expect((await asOther('cat', token)).code).toBe(1)
})

test('without the panel it ends with 3, and nobody else can listen in its place', async () => {
  await machine.sh(['systemctl', 'stop', 'hosting-panel.service'])
  try {
    expect(await panel('sites', 'list')).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(
        /does not answer on \/run\/hosting-panel\/panel\/panel\.sock.*systemctl status hosting-panel/,
      ) as string,
    })
    const socket = '/run/hosting-panel/panel/panel.sock'
    const listen =
      `require('net').createServer((s) => s.on('data', (d) => require('fs').appendFileSync('/tmp/heard', ` +
      `d))).listen('${socket}')`
    const taken = await machine.sh(
      [
        'setpriv',
        '--reuid=www-data',
        '--regid=www-data',
        '--clear-groups',
        '/opt/hosting-panel/node/24/bin/node',
        '-e',
        listen,
      ],
      { timeout: 20 },
    )
    expect(taken.stderr).toContain('EACCES')
    // Somebody who could after all, as root puts it there in another's name.
    await machine.sh(['systemd-run', '--unit=listener', '/opt/hosting-panel/node/24/bin/node', '-e', listen])
    await expect.poll(() => output(machine, 'ss', '-Hlx')).toContain(socket)
    await machine.sh(['chown', 'www-data', socket])
    const refused = {
      code: 3,
      stdout: '',
      stderr: expect.stringContaining('does not belong to the panel, so nothing was sent to it') as string,
    }
    expect(await panel('sites', 'list')).toMatchObject(refused)
    expect((await machine.sh(['test', '-e', '/tmp/heard'])).code).toBe(1)
  } finally {
    await machine.sh(['systemctl', 'stop', 'listener.service'])
    await machine.sh(['systemctl', 'start', 'hosting-panel.service'])
  }
  await expect.poll(async () => (await panel('sites', 'list')).code, { timeout: 90_000 }).toBe(0)
})

const second = { username: 'second', password: 'forgotten long ago' }

test('reset-admin lets somebody in who is locked out, with the panel running or not', async () => {
  const made = await machine.sh(
    ['hosting-panel', 'users', 'create', '--username', second.username, '--role', 'admin', '--password', '-'],
    { input: second.password },
  )
  expect(made.code, made.stderr).toBe(0)
  const signIn = (password: string) => client(machine).post('/session', { username: second.username, password })
  for (let tries = 0; tries < 6; tries++) await signIn('not that one')
  expect((await signIn(second.password)).body.code).toBe('too_many_attempts')

  const told = await done('reset-admin', '--username', second.username)
  const password = /^Password: +(\S+)$/m.exec(told)![1]!
  const { status, headers } = await signIn(password)
  expect(status).toBe(200)
  const cookie = headers['set-cookie']![0]!.split(';')[0]!
  expect((await client(machine, cookie).get('/session')).body).toMatchObject({ username: second.username })

  await machine.sh(['systemctl', 'stop', 'hosting-panel.service'])
  const again = await done('reset-admin', '--username', second.username)
  await machine.sh(['systemctl', 'start', 'hosting-panel.service'])
  await expect.poll(async () => (await panel('sites', 'list')).code, { timeout: 90_000 }).toBe(0)
  expect((await client(machine, cookie).get('/session')).status).toBe(401)
  expect((await signIn(password)).status).toBe(401)
  expect((await signIn(/^Password: +(\S+)$/m.exec(again)![1]!)).status).toBe(200)
  expect(await output(machine, 'find', '/opt/hosting-panel/data', '!', '-user', 'hosting-panel')).toBe('')
  expect(await panel('reset-admin', '--username', '$(id)')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^hosting-panel: invalid_input: The name: /) as string,
  })
  expect(await panel('reset-admin', '--username', 'stranger')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^hosting-panel: user_not_found: .*second/) as string,
  })
  await done('users', 'delete', second.username)
})

/** Changes the panel's database behind its back. */
const tamper = (statement: string) =>
  machine.sh([
    'setpriv',
    '--reuid=hosting-panel',
    '--regid=hosting-panel',
    '--clear-groups',
    'sh',
    '-c',
    'cd /opt/hosting-panel/current && exec node_modules/.bin/node -e "$0" "$1"',
    "new (require('better-sqlite3'))('/opt/hosting-panel/data/panel.db').exec(process.argv[1])",
    statement,
  ])

test('audit verify names the first row that was changed', async () => {
  expect(await done('audit', 'verify')).toBe('The audit log is unchanged\n')
  const [{ id, action }] = (
    JSON.parse(await done('audit', 'list', '--json')) as { entries: [{ id: number; action: string }] }
  ).entries
  expect((await tamper(`UPDATE audit SET action = 'nothing.happened' WHERE id = ${id}`)).stderr).toBe('')
  expect(await panel('audit', 'verify')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining(`entry ${id} was changed`) as string,
  })
  await tamper(`UPDATE audit SET action = '${action}' WHERE id = ${id}`)
  await done('audit', 'verify')
})
