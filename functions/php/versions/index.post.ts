import { strictObject } from 'valibot'
import { defineFunction } from '../../../lib/function/define.ts'
import { installPhp, phpVersions } from '../../../lib/php/versions.ts'
import { phpVersion } from '../../../lib/sites/schema.ts'

export default defineFunction({
  summary: 'Install a PHP version with FPM and the usual extensions',
  scope: 'php:write',
  audit: 'php.install',
  job: 'Install a PHP version',
  subject: ({ body }) => body.version,
  body: strictObject({ version: phpVersion }),
  returns: phpVersions,
  run: ({ ctx, body, job }) => installPhp(ctx, body.version, job.progress),
})
