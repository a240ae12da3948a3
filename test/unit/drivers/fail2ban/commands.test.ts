import { expect, it } from 'vitest'
import {
  actions,
  ban,
  banned,
  banTimes,
  firewallTables,
  reload,
  restartJails,
  status,
  testConfiguration,
  unban,
} from '../../../../lib/drivers/fail2ban/commands.ts'
import { sshSettings } from '../../../../lib/drivers/sshd/index.ts'

it('commands', () => {
  expect(testConfiguration()).toEqual(['fail2ban-client', '-t'])
  expect(reload()).toEqual(['fail2ban-client', 'reload'])
  expect(restartJails()).toEqual(['fail2ban-client', 'reload', '--restart'])
  expect(actions('sshd')).toEqual(['fail2ban-client', 'get', 'sshd', 'actions'])
  expect(status()).toEqual(['fail2ban-client', 'status'])
  expect(banned()).toEqual(['fail2ban-client', 'banned'])
  expect(ban('sshd', '203.0.113.9')).toEqual(['fail2ban-client', 'set', 'sshd', 'banip', '203.0.113.9'])
  expect(unban('203.0.113.9', 'sshd')).toEqual(['fail2ban-client', 'set', 'sshd', 'unbanip', '203.0.113.9'])
  expect(unban('203.0.113.9', null)).toEqual(['fail2ban-client', 'unban', '203.0.113.9'])
  expect(banTimes('sshd')).toEqual(['fail2ban-client', 'get', 'sshd', 'banip', '--with-time'])
  expect(firewallTables()).toEqual(['nft', 'list', 'tables'])
  expect(sshSettings()).toEqual(['sshd', '-T'])
})
