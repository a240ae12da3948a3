import { strictObject } from 'valibot'
import { defineFunction } from '../../../lib/function/define.ts'
import { nodeVersion } from '../../../lib/node/schema.ts'
import { installNode, nodeVersions } from '../../../lib/node/versions.ts'

export default defineFunction({
  summary: 'Install a Node version with npm, or update it to its newest release',
  scope: 'node:write',
  audit: 'node.install',
  job: 'Install a Node version',
  subject: ({ body }) => body.version,
  body: strictObject({ version: nodeVersion }),
  returns: nodeVersions,
  run: ({ ctx, body, job }) => installNode(ctx, body.version, job.progress),
})
