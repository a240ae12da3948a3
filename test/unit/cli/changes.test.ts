import { expect, it } from 'vitest'
import { render } from '../../../lib/cli/render.ts'

const look = { coloured: false, columns: Infinity }
const changes = [
  {
    action: 'create',
    kind: 'file',
    name: '/etc/x',
    summary: 'root:root 0644',
    diff: '@@ -0,0 +1 @@\n+new\n-old\n same\n',
  },
  { action: 'delete', kind: 'account', name: 's-a', summary: '' },
]

it('draws changes with their diffs', () => {
  expect(render({ changes }, look)).toBe(
    '+ create file /etc/x: root:root 0644\n    @@ -0,0 +1 @@\n    +new\n    -old\n     same\n- delete account s-a\n',
  )
  expect(render({ changes }, { ...look, coloured: true })).toContain(
    '    \x1b[32m+new\x1b[0m\n    \x1b[31m-old\x1b[0m\n',
  )
  expect(render({ changes: [] }, look)).toBe('Nothing to change on the server\n')
})
