import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { boundedOutput } from '../../../lib/agent/commands/bounded-output.ts'
import { inSite, wordsOf } from '../../../lib/agent/commands/environment.ts'
import { asSiteNamespace, asSiteUnit } from '../../../lib/drivers/systemd/site-command.ts'
import { newApp } from '../../../lib/model/apps/schema.ts'
import { siteSpec } from '../../_site-spec.ts'

const runApp = '/usr/lib/hosting-panel/run-app'

describe('a command in a site', () => {
  it('has its PHP first in PATH, and nothing of its own in the environment', () => {
    expect(inSite(siteSpec({ runtime: 'php', phpVersion: '8.2' }))).toEqual([
      '/usr/bin/env',
      '-i',
      'LANG=C.UTF-8',
      'PATH=/etc/hosting-panel/programs/8.2:/usr/local/bin:/usr/bin:/bin',
      'HOME=/var/www/example.test/tmp',
      'TMPDIR=/var/www/example.test/tmp',
      'USER=s-example-test-9b263fbc',
      'LOGNAME=s-example-test-9b263fbc',
      runApp,
      '/dev/null',
      '/var/www/example.test/public',
    ])
  })

  it('gets its words by standard input, each as it is, and then reads nothing', () => {
    const words = ['printf', '<%s>', '$HOME $(id) %n', '', 'two\nlines', '-x', '${PATH}', 'é']
    const run = (command: readonly string[], ...args: string[]) =>
      spawnSync('install/run-app', ['/dev/null', '/', ...args], { input: wordsOf(command), encoding: 'utf8' })
    expect(run(words)).toMatchObject({ status: 0, stdout: '<$HOME $(id) %n><><two\nlines><-x><${PATH}><é>' })
    expect(run(['cat'])).toMatchObject({ status: 0, stdout: '' })
    expect(run(['cat'], 'echo', 'own')).toMatchObject({ status: 0, stdout: 'own\n' })
  })

  it('has an app’s environment without showing it, and no way to grow a full disk', () => {
    const app = { ...newApp('node', 20_001), env: { SECRET: 'canary' } }
    const argv = inSite(siteSpec({ runtime: 'node', app, storage: 'full' }))
    expect(argv).toEqual([
      '/usr/bin/env',
      '-i',
      '--ignore-signal=XFSZ',
      '/usr/bin/prlimit',
      '--fsize=0',
      runApp,
      '/etc/hosting-panel/apps/s-example-test-9b263fbc.env',
      '/var/www/example.test/app',
    ])
  })

  it('runs in a unit that ends as a whole, closed as the site’s PHP is', () => {
    const argv = asSiteUnit({ unit: 'u.service', user: 's-x', slice: 'x.slice', home: '/var/www/x', timeout: 90 }, [
      'id',
    ])
    expect(argv.slice(0, 11)).toEqual([
      'systemd-run',
      '--quiet',
      '--collect',
      '--wait',
      '--pipe',
      '--service-type=exec',
      '--description=A command in a site',
      '--unit=u.service',
      '--slice=x.slice',
      '--uid=s-x',
      '--gid=s-x',
    ])
    const properties = argv.filter((word) => word.startsWith('--property=')).map((word) => word.slice(11))
    expect(properties.slice(0, 9)).toEqual([
      'BindsTo=hosting-panel-agent.service',
      'RuntimeMaxSec=90',
      'TimeoutStopSec=5s',
      'UMask=0027',
      'TasksMax=512',
      'MemoryMax=2048M',
      'CPUWeight=50',
      'IOWeight=50',
      'ReadWritePaths=/var/www/x',
    ])
    expect(argv.slice(-2)).toEqual(['--', 'id'])
    const unit = readFileSync('install/systemd/hosting-panel-php@.service', 'utf8')
    const closed = unit
      .split('\n')
      .filter((line) => /^(?:Protect|Private|NoNew|Capability|Lock|Restrict(?:Name|Real|SUID)|SystemCall)/.test(line))
    expect(closed.length).toBeGreaterThan(15)
    expect(properties).toEqual(expect.arrayContaining(closed))
  })

  it('ends with its first process where there is no systemd', () => {
    expect(asSiteNamespace('s-x', ['id'])).toEqual([
      ...['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', '--'],
      ...['setpriv', '--reuid=s-x', '--regid=s-x', '--clear-groups', '--no-new-privs', '--', 'id'],
    ])
  })

  it('is read up to a bound, and no faster than a megabyte a second', async () => {
    const told: string[] = []
    const waits: number[] = []
    let time = 0
    const wait = (ms: number) => {
      waits.push(ms)
      time += ms
      return Promise.resolve()
    }
    const read = boundedOutput((line) => told.push(line), { now: () => time, wait })
    for (let line = 0; line < 4_000; line++) await read('x'.repeat(999))
    expect([told.length, told.at(-1)]).toEqual([1_001, '(Further output is left out)'])
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(2_900)
    const many: string[] = []
    const short = boundedOutput((line) => many.push(line), { now: () => 1e9, wait })
    for (let line = 0; line < 20_000; line++) await short('y')
    expect(many.length).toBe(10_001)
  })
})
