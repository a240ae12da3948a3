import { beforeAll, beforeEach, expect, test } from 'vitest'
import { api, client, site } from './http.ts'
import type { Machine } from './machine.ts'
import { showJournalOnFailure, useMachine } from './use-machine.ts'
import { output } from './sites/_helpers.ts'

let machine: Machine

beforeAll(async () => {
  machine = await useMachine()
  // Sets the administrator up, if nobody has: another can then be removed again.
  await api(machine)
})
beforeEach(() => showJournalOnFailure(machine))

const panel = (...args: string[]) => machine.sh(['hosting-panel', ...args])

/** A command that has to succeed. */
async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await panel(...args)
  expect(code, stdout + stderr).toBe(0)
  return stdout
}

/** The same on a terminal of 80 columns. */
const onTerminal = (line: string) => output(machine, 'script', '-qec', `stty cols 80; ${line}`, '/dev/null')

const domain = 'command-line.test'
const token = '/etc/hosting-panel/local-token'

test('the installer puts the command, its completion and root’s token in place', async () => {
  expect(await output(machine, 'stat', '-c', '%a %U:%G', '/usr/local/bin/hosting-panel', token)).toBe(
    '755 root:root\n600 root:root',
  )
  expect(await done('--help')).toMatch(/^Usage: hosting-panel COMMAND/)
  const completed = await output(
    machine,
    'bash',
    '-c',
    '. /usr/share/bash-completion/completions/hosting-panel; COMP_WORDS=(hosting-panel sites cr); ' +
      'COMP_CWORD=2; _hosting_panel; echo "${COMPREPLY[*]}"',
  )
  expect(completed).toBe('create')
  expect(await done('completion', 'bash')).toBe(
    `${await output(machine, 'cat', '/usr/share/bash-completion/completions/hosting-panel')}\n`,
  )
})

test('creates, lists, shows, changes and deletes a site', async () => {
  expect(
    await done('sites', 'create', '--domain', domain, '--runtime', 'php', '--php-settings.memory-limit-mb', '64'),
  ).toMatch(/^state +active$/m)
  expect((await site(machine, domain)).status).toBe(200)
  expect(await done('sites', 'list')).toMatch(
    new RegExp(`^DOMAIN +STATE +DOCUMENT-ROOT +RUNTIME .*\\n(?:.*\\n)*${domain} +active +public +php `),
  )
  expect(await done('sites', 'show', domain)).toMatch(/^php-settings\.memory-limit-mb +64$/m)
  expect(JSON.parse(await done('sites', 'update', domain, '--no-enabled', '--json'))).toMatchObject({
    domain,
    enabled: false,
    state: 'disabled',
    phpSettings: { memoryLimitMb: 64 },
  })
  expect((await site(machine, domain)).status).not.toBe(200)
  await done('sites', 'update', domain, '--enabled')
  expect(await done('sites', 'delete', domain, '--purge')).toBe('Done\n')
  expect(await panel('sites', 'show', domain)).toEqual({
    code: 1,
    stdout: '',
    stderr: `hosting-panel: site_not_found: There is no site ${domain} on this server\n`,
  })
})

test('--plan shows the changes with their diffs and makes none; colours are for terminals', async () => {
  const plan = await done('sites', 'create', '--domain', domain, '--runtime', 'static', '--plan')
  expect(plan).toMatch(
    new RegExp(`^\\+ create file /etc/nginx/sites-available/${domain}\\.conf: .*\\n    --- /dev/null\\n`, 'm'),
  )
  expect(plan).not.toContain('\x1b')
  expect(await onTerminal(`hosting-panel sites create --domain ${domain} --runtime static --plan`)).toContain(
    `\x1b[32m+ create file /etc/nginx/sites-available/${domain}.conf`,
  )
  expect(
    await onTerminal(`NO_COLOR=1 hosting-panel sites create --domain ${domain} --runtime static --plan`),
  ).not.toContain('\x1b')
  expect((await panel('sites', 'show', domain)).code).toBe(1)
})

test('long work is followed with its progress', async () => {
  await done('sites', 'create', '--domain', domain, '--runtime', 'static')
  const config = `/etc/nginx/sites-available/${domain}.conf`
  await machine.sh(['sh', '-c', `echo '# by hand' >>${config}`])
  const { code, stdout, stderr } = await panel('drift', 'converge')
  expect(code, stderr).toBe(0)
  expect(stdout).toContain(`~ update file ${config}`)
  expect(stderr).toMatch(/^ {2}0% \S.*\n(?: *\d+% .*\n)*100% done\n$/)
  expect(await onTerminal('hosting-panel drift converge')).toMatch(
    /\r\x1b\[K· Comparing with the server.*\r\x1b\[K\x1b\[32m✓\x1b\[0m Comparing with the server\r\n/s,
  )
  const job = (await done('drift', 'converge', '--no-wait')).trim()
  await done('jobs', 'events', job)
  expect(JSON.parse(await done('jobs', 'show', job, '--json'))).toMatchObject({
    id: job,
    state: 'done',
    actor: '(root)',
  })
  await done('sites', 'delete', domain, '--purge')
})

test('wrong calls end with 2 before the panel is asked', async () => {
  expect(await panel('sites', 'craete')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean create?') as string,
  })
  expect(await panel('sites', 'create', '--domain', 'a.test', '--runtime', 'cobol')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--runtime takes static, .*not "cobol"/) as string,
  })
  expect(await panel('sites', 'create')).toMatchObject({
    code: 2,
    stderr: 'hosting-panel: Missing: --domain, --runtime\n',
  })
  expect(await panel('reset-admin', '--nonsense')).toMatchObject({ code: 2 })
  expect(await panel('audit', 'verify', 'more')).toMatchObject({ code: 2 })
})

test('hostile values are data', async () => {
  const before = await done('sites', 'list', '--json')
  for (const hostile of [
    '$(touch /tmp/owned)',
    '`touch /tmp/owned`',
    'a.test;touch /tmp/owned',
    'a.test\ntouch /tmp/owned',
    '-x',
    '--plan',
    '../../etc',
  ]) {
    const { code, stderr } = await panel('sites', 'create', `--domain=${hostile}`, '--runtime', 'static')
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^hosting-panel: invalid_input: domain: /)])
    expect((await panel('sites', 'delete', '--purge', '--', hostile)).code).toBe(1)
  }
  expect((await panel('sites', 'delete', '--purge', '..')).code).toBe(2)
  expect(await done('sites', 'list', '--json')).toBe(before)
  expect((await machine.sh(['test', '-e', '/tmp/owned'])).code).toBe(1)
})

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
