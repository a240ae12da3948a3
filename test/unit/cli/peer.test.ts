import { expect, it } from 'vitest'
import { belongsTo, toRows, uidOf } from '../../../lib/cli/peer.ts'

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const row = (local: string, remote: string, state: string, uid: number) => `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000 ${String(uid).padStart(5)}        0 12345 1\n`
const rows = (...text: string[]) => toRows(head + text.join(''))
const listening = (uid: number, address = '0100007F') => row(`${address}:2254`, '00000000:0000', '0A', uid)
const taken = (uid: number) => row('0100007F:2254', '0100007F:9C40', '01', uid)
const ours = row('0100007F:9C40', '0100007F:2254', '01', 0)

it.each([
  ['it listens, and has not taken the connection yet', true, [listening(990), ours]],
  ['it took the connection', true, [listening(990), ours, taken(990)]],
  ['the connection waits', true, [listening(990), ours, taken(0)]],
  ['somebody else listens', false, [listening(1001), ours]],
  ['somebody else took the connection, then left the port to the panel', false, [listening(990), ours, taken(1001)]],
  ['nobody listens any more', false, [ours]],
  ['somebody else listens on every address', false, [listening(1001, '00000000'), ours]],
  ['somebody else listens on another address of this server', true, [listening(990), listening(1001, '0200007F'), ours]],
])('where %s: %s', (_, right, text) => expect(belongsTo(rows(...text), 990, 40000, 8788)).toBe(right))

it('finds a user’s number', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/bash\nhosting-panel-x:x:5:5::/:\nhosting-panel:x:990:988:Hosting Panel:/opt:/x\n'
  expect(uidOf('hosting-panel', passwd)).toBe(990)
  expect(uidOf('nobody', passwd)).toBeNull()
})
