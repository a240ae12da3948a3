import { describe, expect, it } from 'vitest'
import { parseSocketPorts, parseSshPorts, sshSocket } from '../../../../lib/drivers/sshd/index.ts'
import { hasAction, parseBanned, parseBanTimes, parseStatus, toBans } from '../../../../lib/drivers/fail2ban/parse.ts'

describe('what Fail2ban prints', () => {
  it('jails', () => {
    expect(parseStatus('Status\n|- Number of jail:\t2\n`- Jail list:\thosting-panel, sshd\n')).toEqual([
      'hosting-panel',
      'sshd',
    ])
    expect(parseStatus('Status\n|- Number of jail:\t0\n`- Jail list:\t\n')).toEqual([])
  })
  it('actions', () => {
    expect(hasAction('The jail sshd has the following actions:\nhosting-panel\n', 'hosting-panel')).toBe(true)
    expect(hasAction('The jail hosting-panel has the following actions:\nufw\n', 'ufw')).toBe(true)
    expect(hasAction('The jail sshd has the following actions:\na, ufw\n', 'ufw')).toBe(true)
    expect(hasAction('No actions for jail hosting-panel\n', 'hosting-panel')).toBe(false)
  })
  it('bans, with the lines it kept', () => {
    const found = parseBanned(
      "[{'hosting-panel': ['203.0.113.9', '2001:db8::/32']}, {'sshd': []}, {'own': ['198.51.100.7']}]\n",
    )
    expect(found).toEqual([
      { jail: 'hosting-panel', address: '203.0.113.9' },
      { jail: 'hosting-panel', address: '2001:db8::/32' },
      { jail: 'own', address: '198.51.100.7' },
    ])
    const rows = [
      {
        jail: 'hosting-panel',
        ip: '203.0.113.9',
        timeofban: 1767323045,
        bantime: 600,
        data: JSON.stringify({ matches: ['one\u001b[2J', ['', 'two', ' three']], failures: 5 }),
      },
      { jail: 'own', ip: '198.51.100.7', timeofban: 1767323045, bantime: -1, data: '{}' },
    ]
    expect(toBans(found, rows)).toEqual([
      {
        jail: 'hosting-panel',
        address: '203.0.113.9',
        since: '2026-01-02T03:04:05.000Z',
        until: '2026-01-02T03:14:05.000Z',
        lines: ['one [2J', 'two three'],
      },
      { jail: 'hosting-panel', address: '2001:db8::/32', since: null, until: null, lines: [] },
      { jail: 'own', address: '198.51.100.7', since: '2026-01-02T03:04:05.000Z', until: null, lines: [] },
    ])
  })
  it('ends of bans, in the time of the server', () => {
    expect(
      parseBanTimes(
        '203.0.113.9 \t2026-01-02 03:04:05 + 600 = 2026-01-02 03:14:05\n2001:db8::/32 \t2026-01-02 03:04:05 + ' +
          '60 = 2026-01-02 03:05:05\n',
      ),
    ).toEqual(
      new Map([
        ['203.0.113.9', new Date(2026, 0, 2, 3, 14, 5).getTime()],
        ['2001:db8::/32', new Date(2026, 0, 2, 3, 5, 5).getTime()],
      ]),
    )
    expect(parseBanTimes('\n')).toEqual(new Map())
  })
  it('ports of SSH', () => {
    expect(parseSshPorts('port 22\nport 2222\naddressfamily any\n')).toEqual([22, 2222])
    expect(parseSshPorts('')).toEqual([22])
    expect(sshSocket()).toEqual(['systemctl', 'show', '--property=Listen,ActiveState', 'ssh.socket'])
    expect(parseSocketPorts('Listen=0.0.0.0:22 (Stream)\nListen=[::]:2222 (Stream)\nActiveState=active\n')).toEqual([
      22, 2222,
    ])
    expect(parseSocketPorts('Listen=[::]:22 (Stream)\nActiveState=inactive\n')).toEqual([])
  })
})
