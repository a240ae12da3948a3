import { expect, it } from 'vitest'
import { ownerOfConnection } from '../../../lib/proc/connection-owner.ts'

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:D431 0100007F:0050 01 00000000:00000000 00:00000000 00000000 20001        0 2 1 0 20 4 30 10 -1
   2: 0100007F:0050 0100007F:D431 01 00000000:00000000 00:00000000 00000000    33        0 3 1 0 20 4 30 10 -1
   3: 0100007F:D432 0100007F:0050 06 00000000:00000000 00:00000000 00000000     0        0 0 3 0
`
const owner = (port: number, changes = {}) =>
  ownerOfConnection({ address: '127.0.0.1', port, server: '127.0.0.1', serverPort: 80, ...changes }, () => table)

it('a connection belongs to the user whose program opened it', () => expect(owner(0xd431)).toBe(20_001))

it.each([
  ['no connection', 0xd433, {}],
  ['one that ended', 0xd432, {}],
  ['another port', 0xd431, { serverPort: 81 }],
  ['another address', 0xd431, { address: '127.0.0.2' }],
  ['no address', 0xd431, { address: '' }],
  ['IPv6', 0xd431, { address: '::1' }],
])('%s belongs to nobody', (_, port, changes) => expect(owner(port, changes)).toBeNull())
