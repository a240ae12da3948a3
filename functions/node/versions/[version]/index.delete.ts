import { strictObject } from 'valibot'
import { nodeVersion } from '../../../../lib/model/node/schema.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { nodeVersions, refuseUsed, removeNode } from '../../../../lib/panel/node/versions.ts'

export default defineFunction({
  summary: 'Remove a Node version that no site uses',
  throws: ['node_version_in_use'],
  scope: 'node:write',
  audit: 'node.remove',
  job: 'Remove a Node version',
  fails: ['node.remove', 'node_version_in_use'],
  precheck: ({ ctx, params }) => refuseUsed(ctx, params.version),
  params: strictObject({ version: nodeVersion }),
  returns: nodeVersions,
  run: ({ ctx, params }) => removeNode(ctx, params.version),
})
