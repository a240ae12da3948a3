import { describe, expect, it } from 'vitest'
import {
  addGroup,
  addToGroups,
  addUser,
  removeFromGroup,
  removeGroup,
  removeUser,
  renameGroup,
  renameUser,
} from '../../../lib/drivers/accounts/commands.ts'
import { nextNumber } from '../../../lib/drivers/accounts/range.ts'
import { candidates, install, installedOf, known, purge } from '../../../lib/drivers/apt/commands.ts'
import { parseCandidates, parseKnown } from '../../../lib/drivers/apt/index.ts'
import {
  disableUnit,
  failedUnits,
  resetFailed,
  killServices,
  releaseServices,
  restartUnits,
  service,
  showUnits,
  startUnits,
  stopUnits,
} from '../../../lib/drivers/systemd/commands.ts'

describe('account commands', () => {
  const range = [
    '--key',
    'SYS_UID_MIN=20000',
    '--key',
    'SYS_UID_MAX=59999',
    '--key',
    'SYS_GID_MIN=20000',
    '--key',
    'SYS_GID_MAX=59999',
  ]
  const account = { home: '/var/www/a.test', comment: 'hosting-panel site a.test' }
  it('a new one has a group of its own and no shell', () => {
    expect(addUser('s-a', { ...account, uid: 20_001 })).toEqual([
      'useradd',
      '--system',
      '--no-create-home',
      '--no-log-init',
      '--shell',
      '/usr/sbin/nologin',
      '--home-dir',
      '/var/www/a.test',
      '--comment',
      'hosting-panel site a.test',
      ...range,
      '--uid',
      '20001',
      '--user-group',
      '--',
      's-a',
    ])
  })
  it('one put back has the numbers it had', () => {
    expect(addGroup('s-a', 998)).toEqual(['groupadd', '--system', '--gid', '998', '--', 's-a'])
    expect(addUser('s-a', { ...account, uid: 997, gid: 998 })).toEqual([
      'useradd',
      '--system',
      '--no-create-home',
      '--no-log-init',
      '--shell',
      '/usr/sbin/nologin',
      '--home-dir',
      '/var/www/a.test',
      '--comment',
      'hosting-panel site a.test',
      ...range,
      '--uid',
      '997',
      '--gid',
      '998',
      '--',
      's-a',
    ])
  })
  it('one with another name keeps its number, and its home is not moved by usermod', () => {
    const next = { home: '/var/www/b.test', comment: 'hosting-panel site b.test' }
    expect(renameUser('s-a', 's-b', next)).toEqual([
      'usermod',
      '--login',
      's-b',
      '--home',
      '/var/www/b.test',
      '--comment',
      'hosting-panel site b.test',
      '--',
      's-a',
    ])
    expect(renameGroup('s-a', 's-b')).toEqual(['groupmod', '--new-name', 's-b', '--', 's-a'])
  })
  it('numbers go up, past those that are taken, and begin anew', () => {
    expect(nextNumber(59_999, new Set())).toBe(20_000)
    expect(nextNumber(20_000, new Set([20_001, 20_002]))).toBe(20_003)
    expect(nextNumber(59_998, new Set([59_999, 20_000]))).toBe(20_001)
    const all = new Set(Array.from({ length: 40_000 }, (_, index) => 20_000 + index))
    expect(() => nextNumber(30_000, all)).toThrow('no number left')
    all.delete(30_000)
    expect(nextNumber(30_000, all)).toBe(30_000)
  })
  it('members of groups', () => {
    const added = ['usermod', '--append', '--groups', 's-a,s-b', '--', 'www-data']
    expect(addToGroups('www-data', ['s-a', 's-b'])).toEqual(added)
    expect(removeFromGroup('www-data', 's-a')).toEqual(['gpasswd', '--delete', 'www-data', '--', 's-a'])
  })
  it('removal', () => {
    expect(removeUser('s-a')).toEqual(['userdel', '--', 's-a'])
    expect(removeGroup('s-a')).toEqual(['groupdel', '--', 's-a'])
  })
})

describe('systemd commands', () => {
  it('act on units after --', () => {
    expect(startUnits(['a.socket', 'b.socket'])).toEqual(['systemctl', 'start', '--', 'a.socket', 'b.socket'])
    expect(stopUnits(['a.socket'])).toEqual(['systemctl', 'stop', '--', 'a.socket'])
    expect(releaseServices(['a.service'])).toEqual(['systemctl', 'stop', '--no-block', '--', 'a.service'])
    expect(killServices(['a.service'])).toEqual(['systemctl', 'kill', '--signal=SIGKILL', '--', 'a.service'])
    expect(resetFailed(['a.service', 'b.service'])).toEqual([
      'systemctl',
      'reset-failed',
      '--',
      'a.service',
      'b.service',
    ])
    expect(showUnits(['a.service', 'b.timer'])).toEqual([
      'systemctl',
      'show',
      '--property=Id,LoadState,ActiveState,SubState,Result,ActiveEnterTimestamp,LastTriggerUSec',
      '--',
      'a.service',
      'b.timer',
    ])
    expect(restartUnits(['a.timer', 'b.timer'])).toEqual(['systemctl', 'restart', '--', 'a.timer', 'b.timer'])
    expect(disableUnit('a.service')).toEqual(['systemctl', 'disable', '--now', '--', 'a.service'])
    expect(failedUnits(['a*', 'b*'])).toEqual([
      'systemctl',
      'list-units',
      '--state=failed',
      '--plain',
      '--no-legend',
      '--',
      'a*',
      'b*',
    ])
    expect(service('nginx', 'status')).toEqual(['service', 'nginx', 'status'])
  })
})

describe('package commands', () => {
  it('wait for the package manager’s lock and keep changed configuration', () => {
    expect(install(['php8.1-fpm'])).toEqual([
      'apt-get',
      'install',
      '--yes',
      '--no-install-recommends',
      '-o',
      'DPkg::Lock::Timeout=120',
      '-o',
      'Dpkg::Options::=--force-confold',
      '--',
      'php8.1-fpm',
    ])
    expect(purge(['php8.1-fpm'])).toEqual([
      'apt-get',
      'purge',
      '--yes',
      '-o',
      'DPkg::Lock::Timeout=120',
      '--',
      'php8.1-fpm',
    ])
    expect(known(['a', 'b'])).toEqual(['apt-cache', 'madison', '--', 'a', 'b'])
    expect(candidates(['a', 'b'])).toEqual(['apt-cache', 'policy', '--', 'a', 'b'])
    expect(installedOf('8.1')).toEqual([
      'dpkg-query',
      '--show',
      '--showformat=${db:Status-Status} ${Package}\\n',
      'php8.1-*',
    ])
  })
  it('finds which packages there are', () => {
    expect(
      parseKnown(
        'php8.2-fpm | 8.2.36-1~deb12u1 | http://security.test bookworm-security/main amd64 Packages\n' +
          'php8.2-fpm | 8.2.32-1~deb12u1 | http://debian.test bookworm/main amd64 Packages\n' +
          'php7.4-fpm | 7.4.33-1+deb11u5 | http://debian.test bullseye/main amd64 Packages\n',
      ),
    ).toEqual(new Set(['php8.2-fpm', 'php7.4-fpm']))
    expect(parseKnown('')).toEqual(new Set())
    expect(
      parseCandidates(
        'php8.2-fpm:\n  Installed: (none)\n  Candidate: 8.2.29-1\n  Version table:\nphp8.1-fpm:\n  Installed: ' +
          '(none)\n  Candidate: (none)\n',
      ),
    ).toEqual(new Set(['php8.2-fpm']))
  })
})
