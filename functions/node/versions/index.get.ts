import { defineFunction } from '../../../lib/function/define.ts'
import { listNodeVersions, nodeVersions } from '../../../lib/node/versions.ts'

export default defineFunction({
  summary: 'List the Node versions for apps: which release is installed, and how many sites use each',
  scope: 'node:read',
  returns: nodeVersions,
  run: ({ ctx, identity }) => listNodeVersions(ctx, identity!),
})
