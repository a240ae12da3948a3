import { defineFunction } from '../../../lib/panel/http/define.ts'
import { listNodeVersions, nodeVersions } from '../../../lib/panel/node/versions.ts'

export default defineFunction({
  summary: 'List the Node versions for apps: which release is installed, and how many sites use each',
  throws: ['node.list'],
  scope: 'node:read',
  returns: nodeVersions,
  run: ({ ctx, identity }) => listNodeVersions(ctx, identity),
})
