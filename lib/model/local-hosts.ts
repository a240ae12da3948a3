import { BlockList, isIP } from 'node:net'

const local = new BlockList()
local.addSubnet('127.0.0.0', 8, 'ipv4')
local.addSubnet('0.0.0.0', 8, 'ipv4')
local.addAddress('::1', 'ipv6')
local.addAddress('::', 'ipv6')
local.addSubnet('::ffff:127.0.0.0', 104, 'ipv6')
local.addSubnet('::ffff:0.0.0.0', 104, 'ipv6')

/** Whether an address is in a list; a name is in none. */
export const within = (list: BlockList, address: string): boolean =>
  isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** Whether a host is an address or name of any machine itself. */
export const isLocal = (host: string): boolean =>
  within(local, host) || host === 'localhost' || host.endsWith('.localhost')
