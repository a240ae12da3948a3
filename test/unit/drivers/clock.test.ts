import { expect, it } from 'vitest'
import { parseSynchronisation, synchronisation } from '../../../lib/drivers/clock/commands.ts'

it('the time daemon is asked for two things', () => {
  expect(synchronisation()).toEqual(['timedatectl', 'show', '--property=NTP', '--property=NTPSynchronized'])
})

it.each([
  ['NTP=yes\nNTPSynchronized=yes\n', true],
  ['NTP=yes\nNTPSynchronized=no\n', false],
  ['NTP=no\nNTPSynchronized=yes\n', true],
  ['NTP=no\nNTPSynchronized=no\n', null],
  ['', null],
])('%o means that it follows a time server: %o', (text, expected) => {
  expect(parseSynchronisation(text)).toBe(expected)
})
