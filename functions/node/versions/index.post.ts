import { strictObject } from 'valibot'
import { nodeVersion } from '../../../lib/model/node/schema.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { installNode, nodeVersions } from '../../../lib/panel/node/versions.ts'

export default defineFunction({
  summary: 'Install a Node version with npm, or update it to its newest release',
  scope: 'node:write',
  audit: 'node.install',
  job: 'Install a Node version',
  fails: ['node.install'],
  target: ({ body }) => body.version,
  body: strictObject({ version: nodeVersion }),
  returns: nodeVersions,
  run: ({ ctx, body, job }) => installNode(ctx, body.version, job.progress),
})
