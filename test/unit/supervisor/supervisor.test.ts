import { describe, expect, it } from 'vitest'
import { launchSpecOf, type LaunchSpec } from '../../../lib/model/protocol/launch-spec.ts'
import { freePort } from '../../../lib/panel/sites/app-port.ts'
import { newApp } from '../../../lib/model/apps/schema.ts'
import { asSite, endScope, head, inScope, listNames, remove, stopScope } from '../../../lib/drivers/pm2/commands.ts'
import { processOf } from '../../../lib/drivers/pm2/process.ts'
import { giveUp, howItEnded, type Exit } from '../../../lib/supervisor/exits.ts'
import { grown } from '../../../lib/supervisor/log.ts'
import { siteSpec } from '../../_site-spec.ts'

const app: LaunchSpec = {
  domain: 'example.test',
  user: 's-example-test-9b263fbc',
  directory: '/var/www/example.test/app',
  environment: '/etc/hosting-panel/apps/s-example-test-9b263fbc.env',
  command: ['node', 'a b; $(id)'],
  nodeVersion: '24',
  memoryMb: 256,
  full: false,
  port: 20_001,
}

it('an app is described once it is known what starts it', () => {
  const spec = siteSpec({ runtime: 'node', app: newApp('node', 20_001) })
  expect(launchSpecOf(spec)).toBeNull()
  expect(launchSpecOf({ ...spec, app: { ...spec.app!, command: ['node', 'a b; $(id)'] } })).toEqual(app)
})

it('PM2 is told of an app without its environment, and gives it none of its own', () => {
  expect(processOf(app, 20_017, 20_018)).toMatchObject({
    name: 'example.test',
    uid: 20_017,
    gid: 20_018,
    env: {},
    exec_interpreter: 'none',
    pm_exec_path: '/usr/bin/env',
    args: [
      '-i',
      '/usr/lib/hosting-panel/run-app',
      '/etc/hosting-panel/apps/s-example-test-9b263fbc.env',
      '/var/www/example.test/app',
      'node',
      'a b; $(id)',
    ],
    max_restarts: 8,
    kill_timeout: 8000,
    exp_backoff_restart_delay: 200,
    disable_logs: true,
  })
})

it('an app that is full keeps its files from growing', () => {
  const spec = siteSpec({
    runtime: 'node',
    storage: 'full',
    app: { ...newApp('node', 20_001), command: ['node', 'a b; $(id)'] },
  })
  expect(launchSpecOf(spec)).toEqual({ ...app, full: true })
  expect(processOf({ ...app, full: true }, 20_017, 20_018).args).toEqual([
    '-i',
    '--ignore-signal=XFSZ',
    '/usr/bin/prlimit',
    '--fsize=0',
    ...processOf(app, 20_017, 20_018).args.slice(1),
  ])
})

it('a command of a site runs as its user, in a group of its own', () => {
  const command = asSite('s-x', '/e', '/d', ['npm', 'ci'])
  expect(command).toEqual([
    'setpriv',
    '--reuid=s-x',
    '--regid=s-x',
    '--clear-groups',
    '--no-new-privs',
    '--',
    '/usr/bin/env',
    '-i',
    '/usr/lib/hosting-panel/run-app',
    '/e',
    '/d',
    'npm',
    'ci',
  ])
  expect(inScope('u', 'x.slice', 512, command)).toEqual([
    'systemd-run',
    '--scope',
    '--slice=x.slice',
    '--quiet',
    '--collect',
    '--description=Work on the app of a site',
    '--unit=u',
    '--property=TasksMax=512',
    '--property=MemoryMax=512M',
    '--property=CPUWeight=50',
    '--property=IOWeight=50',
    '--',
    ...command,
  ])
  expect(endScope('u')).toEqual(['systemctl', 'kill', '--signal=SIGKILL', '--', 'u.scope'])
  expect(stopScope('u')).toEqual(['systemctl', 'stop', '--', 'u.scope'])
  expect([head('-f', 10), listNames(), remove(['-x'])]).toEqual([
    ['head', '-c', '10', '--', '-f'],
    ['ls', '-1A', '--', '.'],
    ['rm', '-rf', '--', '-x'],
  ])
})

it('a port is one that nobody has', () => {
  expect(freePort(new Set([20_000, 20_001, 20_003]), 20_000)).toBe(20_002)
  expect(freePort(new Set([29_999, 20_000]), 29_999)).toBe(20_001)
  expect(freePort(new Set(Array.from({ length: 10_000 }, (_, i) => 20_000 + i)), 25_000)).toBeNull()
})

describe('an app that ends over and over is given up', () => {
  const now = 10_000_000
  const exits = (count: number, memory = false, apart = 10_000): Exit[] =>
    Array.from({ length: count }, (_, i) => ({
      at: now - (count - 1 - i) * apart,
      how: memory ? 'used more than its 256 MB of memory' : 'ended with code 1',
      memory,
    }))

  it('after fifteen times within ten minutes, or three times for want of memory', () => {
    expect(giveUp(exits(14), now)).toBeNull()
    expect(giveUp(exits(15), now)).toMatch(/15 times within 10 minutes.*ended with code 1/)
    expect(giveUp(exits(2, true), now)).toBeNull()
    expect(giveUp(exits(3, true), now)).toMatch(/256 MB of memory, 3 times/)
  })

  it('but not for what is long past', () => expect(giveUp(exits(20, true, 301_000), now)).toBeNull())

  it('and it is said how it ended', () => {
    expect([howItEnded(1, null), howItEnded(null, 'SIGSEGV'), howItEnded(127, null)]).toEqual([
      'ended with code 1',
      'was ended by SIGSEGV',
      'could not be started: there is no such program (code 127)',
    ])
  })
})

it('what may be printed grows by a megabyte a second, up to four', () => {
  expect(grown({ left: -500_000, at: 1000 }, 2000)).toEqual({ left: 500_000, at: 2000 })
  expect(grown({ left: 0, at: 0 }, 60_000)).toEqual({ left: 4_000_000, at: 60_000 })
})
