import { networkInterfaces } from 'node:os'
import { expect, it } from 'vitest'
import { localIpv4, localIpv6, ownAddresses } from '../../../lib/proc/addresses.ts'

it('reads addresses as the kernel lists them', () => {
  expect(
    localIpv4(`Local:
  +-- 10.77.0.8/30 2 0 2
     |-- 10.77.0.10
        /32 host LOCAL
     |-- 10.77.0.11
        /32 link BROADCAST
  |-- 127.0.0.0
     /8 host LOCAL
     |-- 127.0.0.1
        /32 host LOCAL
`),
  ).toEqual(['10.77.0.10', '127.0.0.1'])
  expect(
    localIpv6(
      '00000000000000000000000000000001 01 80 10 80       lo\n20010db8000000000000000000000007 02 40 00 80     eth0\n',
    ),
  ).toEqual(['::1', '2001:db8::7'])
})

it('finds those that this machine has', () => {
  const known = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .map(({ address }) => address)
  expect(ownAddresses()).toEqual(expect.arrayContaining(known))
})
