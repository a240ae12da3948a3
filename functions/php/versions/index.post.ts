import { strictObject } from 'valibot'
import { phpVersion } from '../../../lib/model/sites/schema.ts'
import { defineFunction } from '../../../lib/panel/http/define.ts'
import { installPhp, phpVersions } from '../../../lib/panel/php/versions.ts'

export default defineFunction({
  summary: 'Install a PHP version with FPM and the usual extensions',
  scope: 'php:write',
  audit: 'php.install',
  job: 'Install a PHP version',
  fails: ['php.install'],
  target: ({ body }) => body.version,
  body: strictObject({ version: phpVersion }),
  returns: phpVersions,
  run: ({ ctx, body, job }) => installPhp(ctx, body.version, job.progress),
})
