import { beforeAll, beforeEach, expect, test } from 'vitest'
import { api, site } from './http.ts'
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

/** The same on a terminal of 80 columns. */
const onTerminal = (line: string) => output(machine, 'script', '-qec', `stty cols 80; ${line}`, '/dev/null')

const domain = 'command-line.test'

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
