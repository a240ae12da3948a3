import * as v from 'valibot'
import { expect, it } from 'vitest'
import { canonicalNetwork, covers, isLoopback, network, overlap } from '../../../lib/model/network.ts'

it.each([
  ['203.0.113.9', '203.0.113.9'],
  ['203.0.113.9/32', '203.0.113.9'],
  ['203.0.113.9/24', '203.0.113.0/24'],
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['2001:db8::1/128', '2001:db8::1'],
  ['2001:db8:1:2:3:4:5:6/64', '2001:db8:1:2::/64'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['::ffff:cb00:7109/120', '203.0.113.0/24'],
  ['::1', '::1'],
  ['fe80::', 'fe80::'],
])('%s is written %s', (text, canonical) => {
  expect(canonicalNetwork(text)).toBe(canonical)
  expect(canonicalNetwork(canonical)).toBe(canonical)
})

it.each([
  '',
  ' ',
  '$(id)',
  '1.2.3.4\n',
  '\n1.2.3.4',
  '-h',
  '--',
  '::1/200',
  '1.2.3.4/33',
  '1.2.3.4/-1',
  '1.2.3.4/',
  '1.2.3.4/08',
  '1.2.3',
  '1.2.3.256',
  '01.2.3.4',
  '0x1.2.3.4',
  'localhost',
  'a.test',
  '1.2.3.4;id',
  '1.2.3.4 5.6.7.8',
  'fe80::1%eth0',
  '::/0',
  '0.0.0.0/0',
  '1.0.0.0/7',
  '2000::/3',
  '[::1]',
  '::ffff:1.2.3.4/64x',
  '../x',
  '1.2.3.4/24/24',
])('%j is no address', (text) => {
  expect(v.safeParse(network, text).success).toBe(false)
})

it('knows what lies in what', () => {
  expect([
    overlap('10.0.0.0/8', '10.9.9.9'),
    overlap('10.9.9.9', '10.0.0.0/8'),
    overlap('10.0.0.0/8', '11.0.0.1'),
    overlap('10.0.0.0/8', '::1'),
  ]).toEqual([true, true, false, false])
  expect([
    covers('10.0.0.0/8', '10.1.0.0/16'),
    covers('10.1.0.0/16', '10.0.0.0/8'),
    covers('2001:db8::/32', '2001:db8::1'),
  ]).toEqual([true, false, true])
  expect(['127.0.0.1', '127.9.0.0/16', '0.0.0.0', '::1', '::', '::ffff:127.0.0.1'].map(isLoopback)).toEqual(
    Array(6).fill(true),
  )
  expect(['128.0.0.1', '::2', '1.0.0.1'].map(isLoopback)).toEqual([false, false, false])
})
