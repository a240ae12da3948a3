import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { appJob, processesOf, provideNode, tinySite } from '../apps/_tiny.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { itInSoak } from '../../_cases.ts'
import { deleteSite, output, writeFile } from './_helpers.ts'

let machine: Machine
let panel: Api
const sites = ['php.test', 'other.test', 'node.test', 'gone.test']
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await provideNode(panel)
  for (const domain of ['php.test', 'other.test', 'gone.test'])
    await panel.post('/sites', { domain, runtime: 'php', phpVersion: '8.2' })
  await tinySite(machine, panel, 'node.test', { env: { SECRET: 'canary' } })
}, 300_000)
afterAll(async () => {
  for (const domain of sites) await deleteSite(panel, domain)
})
beforeEach(() => showJournalOnFailure(machine))

/** Begins a command; answers its job. */
async function begin(domain: string, command: string[], timeout = 60): Promise<string> {
  const { status, body } = await panel.post(`/sites/${domain}/commands`, { command, timeout })
  expect([status, body.message]).toEqual([202, undefined])
  return body.job as string
}

const jobOf = async (id: string) => (await panel.get(`/jobs/${id}`)).body
const ended = async (id: string) => {
  await expect.poll(async () => (await jobOf(id)).state, { timeout: 90_000 }).not.toBe('running')
  return jobOf(id)
}

/** The exit code and the output of a command, by the command line. */
async function run(domain: string, ...command: string[]): Promise<[code: number, out: string]> {
  const { code, stdout } = await machine.sh(['hosting-panel', 'sites', 'run', domain, '--', ...command])
  return [code, stdout.trim()]
}

const sh = (domain: string, script: string) => run(domain, 'sh', '-c', script)
const endless = ['sh', '-c', 'setsid sleep 1000 & (trap "" TERM; sleep 1001) & sleep 1002']
/** Processes of commands: the site's PHP may run beside them. */
const left = async (domain: string) =>
  (await processesOf(machine, panel, domain)).filter((line) => !line.includes('php-fpm'))

describe('a command in a site', () => {
  it('runs with the site’s PHP, in its folder, and its output and exit code are told', async () => {
    expect(await run('php.test', 'php', '-r', 'echo PHP_VERSION, "\\n"; exit(4);')).toEqual([
      4,
      expect.stringMatching(/^8\.2\./),
    ])
    const { root, user } = (await panel.get('/sites/php.test')).body
    expect(await sh('php.test', 'pwd; id -un; id -G; umask; echo $HOME')).toEqual([
      0,
      [root, user, await output(machine, 'id', '-g', user as string), '0027', '/var/www/php.test/tmp'].join('\n'),
    ])
    expect(await run('php.test', 'no-such-program')).toEqual([127, expect.stringContaining('no-such-program')])
    expect(await sh('php.test', 'mkdir s && chmod 2755 s; echo $?; stat -c %a s; rmdir s')).toEqual([
      0,
      expect.stringMatching(/Operation not permitted[^]*\n1\n750$/),
    ])
    await output(machine, 'install', '-d', '-m', '2750', '-o', user as string, '-g', user as string, `${root}/setgid`)
    const make = `mkdir -p a/b && php -r "mkdir('c', 0775) || exit(1);" && stat -c %a a/b c`
    expect(await sh('php.test', `cd setgid && ${make}`)).toEqual([0, '2750\n2750'])
    expect(await sh('php.test', `${make} && cp -r a d && chmod -R 755 d && rm -r a c d`)).toEqual([0, '750\n750'])
    await output(machine, 'rm', '-r', `${root}/setgid`)
    const [, env] = await run('php.test', 'env')
    expect(
      env
        .split('\n')
        .map((line) => line.split('=')[0]!)
        .sort(),
    ).toEqual(['HOME', 'LANG', 'LOGNAME', 'PATH', 'PWD', 'SHLVL', 'TMPDIR', 'USER'].sort())
  }, 300_000)

  it('runs with an app’s Node and environment, which no argument shows', async () => {
    expect(await run('node.test', 'node', '-p', 'process.version + process.env.SECRET')).toEqual([
      0,
      expect.stringMatching(/^v24\..*canary$/),
    ])
    expect(await run('node.test', 'npm', '--version')).toEqual([0, expect.stringMatching(/^\d+\.\d+/)])
    const job = await begin('node.test', ['sleep', '20'])
    await expect.poll(() => left('node.test'), { timeout: 60_000 }).not.toEqual([])
    expect(await output(machine, 'sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "')).not.toContain('canary')
    await panel.delete(`/jobs/${job}`)
    expect((await ended(job)).error).toMatchObject({ code: 'cancelled' })
  }, 300_000)

  it('tells nobody else its words, and systemd reads none of them', async () => {
    const told = ['$HOME', '${USER}', '%n', 'canary-word']
    expect(await run('php.test', 'printf', '%s|', ...told)).toEqual([0, told.map((word) => `${word}|`).join('')])
    const job = await begin('php.test', ['sh', '-c', 'sleep 20 # canary-word'])
    await expect.poll(() => left('php.test'), { timeout: 60_000 }).not.toEqual([])
    expect(await output(machine, 'sh', '-c', 'grep -rl canary-word /run/systemd || true')).toBe('')
    expect(await output(machine, 'sh', '-c', 'journalctl --output=export | grep -ac canary-word || true')).toBe('0')
    await panel.delete(`/jobs/${job}`)
    expect((await ended(job)).error).toMatchObject({ code: 'cancelled' })
  }, 300_000)

  it('has no way to more: no right, no other site’s file or socket, no place of its own elsewhere', async () => {
    await writeFile(machine, '/var/www/other.test/public/secret.php', 'canary')
    const php = `PATH=/etc/hosting-panel/programs/8.2:$PATH`
    const [, status] = await sh('php.test', 'grep -E "^(CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status')
    expect(status.replaceAll(/\s+/g, ' ')).toBe(
      'CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1 Seccomp: 2',
    )
    for (const [attack, script] of [
      ['another site’s file', 'cat /var/www/other.test/public/secret.php'],
      ['another site’s folder', 'echo x > /var/www/other.test/public/x'],
      ['another site’s link', 'ln -s /var/www/other.test/public/secret.php l && cat l'],
      [
        'another site’s PHP',
        'php -r \'exit(stream_socket_client("unix://$argv[1]") ? 0 : 1);\' /run/hosting-panel/php/' +
          `${(await panel.get('/sites/other.test')).body.user}.sock`,
      ],
      ['the agent', 'php -r \'exit(stream_socket_client("unix:///run/hosting-panel/agent.sock") ? 0 : 1);\''],
      ['the panel’s store', 'cat /opt/hosting-panel/data/panel.db'],
      ['another user', 'setpriv --reuid=0 id'],
      ['a namespace', 'unshare --user --map-root-user id'],
      ['a unit', 'systemd-run --scope id'],
      ['another group', 'cd /sys/fs/cgroup; cd unified 2>/dev/null; cd init.scope && echo 0 > cgroup.procs'],
      ['root by mount', 'mount -t tmpfs none /mnt'],
    ] as const) {
      const [code, out] = await sh('php.test', script)
      expect([attack, code === 0, out.includes('canary')]).toEqual([attack, false, false])
      const { code: asRoot, stderr } = await machine.sh(['sh', '-c', `cd "$(mktemp -d)" && ${php} && ${script}`])
      expect([attack, asRoot, stderr.replace(/^Running scope.*\n/, '')], 'control').toEqual([attack, 0, ''])
    }
    await output(machine, 'sh', '-c', 'umount /mnt; rm /var/www/other.test/public/x')
    const stays = () => output(machine, 'sh', '-c', 'ls /var/tmp /tmp | grep -c stays || true')
    expect(await sh('php.test', 'echo x > /var/tmp/stays && echo x > /tmp/stays')).toEqual([0, ''])
    expect(await stays()).toBe('0')
    await output(machine, 'touch', '/var/tmp/stays', '/tmp/stays')
    expect(await stays(), 'control').toBe('2')
    await output(machine, 'rm', '/var/tmp/stays', '/tmp/stays')
    expect(await output(machine, 'cat', '/var/www/other.test/public/secret.php')).toBe('canary')
  }, 300_000)

  it('ends with all that it started: at its time, when it is cancelled, and when it ends itself', async () => {
    const late = await begin('php.test', endless, 2)
    expect((await ended(late)).error).toMatchObject({ code: 'command_timeout' })
    expect(await left('php.test')).toEqual([])
    const cancelled = await begin('php.test', endless)
    expect((await jobOf(cancelled)).cancellable).toBe(true)
    await panel.delete(`/jobs/${cancelled}`)
    expect((await ended(cancelled)).error).toMatchObject({ code: 'cancelled' })
    expect(await left('php.test')).toEqual([])
    expect(await sh('php.test', 'setsid sleep 1000 > /dev/null 2>&1 & echo begun')).toEqual([0, 'begun'])
    await expect.poll(() => left('php.test'), { timeout: 30_000 }).toEqual([])
  }, 300_000)

  it('ends with the agent, the panel and its site', async () => {
    for (const unit of ['hosting-panel-agent', 'hosting-panel']) {
      const job = await begin('php.test', endless)
      await expect.poll(() => left('php.test'), { timeout: 60_000 }).not.toEqual([])
      await output(machine, 'systemctl', 'kill', '-s', 'KILL', `${unit}.service`)
      await expect.poll(() => left('php.test'), { timeout: 60_000 }).toEqual([])
      await expect
        .poll(async () => (await panel.get(`/jobs/${job}`).catch(() => null))?.status, { timeout: 60_000 })
        .toBe(200)
      expect(['failed', 'interrupted']).toContain((await ended(job)).state)
    }
    const job = await begin('gone.test', endless)
    await expect.poll(() => left('gone.test'), { timeout: 60_000 }).not.toEqual([])
    const { user } = (await panel.get('/sites/gone.test')).body
    const { status, body } = await panel.delete('/sites/gone.test?purge=true')
    expect(status, JSON.stringify(body)).toBeLessThan(300)
    expect((await ended(job)).state).toBe('failed')
    expect((await machine.sh(['id', user as string])).code).not.toBe(0)
    // The program that had started it may end a moment later.
    await expect.poll(() => output(machine, 'sh', '-c', 'ps ax | grep "[s]leep 100[012]" || true')).toBe('')
  }, 300_000)

  it('that prints much is told up to a bound', async () => {
    const line = 'x'.repeat(100)
    const job = await begin('php.test', ['sh', '-c', `yes ${line} | head -n 12000`])
    expect(await ended(job)).toMatchObject({ state: 'done', result: { exitCode: 0 } })
    const events = await output(
      machine,
      'sh',
      '-c',
      `curl -sk --max-time 60 --unix-socket /run/hosting-panel/panel/panel.sock -H "Authorization: Bearer $(cat ` +
        `/etc/hosting-panel/local-token)" http://localhost/api/jobs/${job}/events`,
    )
    const told = events.split('\n').filter((one) => one.startsWith('data: {"line":'))
    expect(told.length).toBeGreaterThan(1_000)
    expect(told.length).toBeLessThanOrEqual(9_901)
    expect(new Set(told.slice(0, 1_000))).toEqual(new Set([`data: {"line":"${line}"}`]))
    expect(events.length).toBeLessThan(5_000_000)
  }, 300_000)

  itInSoak(
    'that floods is read slowly: it takes little of the agent’s time',
    async () => {
      const agent = async () => {
        const pid = await output(machine, 'systemctl', 'show', '-P', 'MainPID', 'hosting-panel-agent')
        return { pid, seconds: Number(await output(machine, 'ps', '-o', 'cputimes=', '-p', pid)) }
      }
      const job = await begin('php.test', ['yes', 'x'.repeat(100)], 15)
      await expect.poll(() => left('php.test')).not.toEqual([])
      const before = await agent()
      expect((await ended(job)).error).toMatchObject({ code: 'command_timeout' })
      const after = await agent()
      expect(after.pid).toBe(before.pid)
      expect(after.seconds - before.seconds).toBeLessThan(5)
    },
    300_000,
  )

  it('leaves nothing that differs from what is desired', async () => {
    expect(await appJob(panel, 'node.test', 'start')).toMatchObject({ state: 'done' })
    expect((await panel.get('/drift')).body.changes).toEqual([])
  }, 300_000)
})
