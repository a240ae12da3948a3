import { expect, it } from 'vitest'
import { uidOf } from '../../../lib/cli/peer.ts'

it('finds a user’s number', () => {
  const passwd =
    'root:x:0:0:root:/root:/bin/bash\nhosting-panel-x:x:5:5::/:\nhosting-panel:x:990:988:Hosting Panel:/opt:/x\n'
  expect(uidOf('hosting-panel', passwd)).toBe(990)
  expect(uidOf('nobody', passwd)).toBeNull()
})
