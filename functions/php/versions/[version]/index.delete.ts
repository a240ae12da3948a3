import { strictObject } from 'valibot'
import { phpVersion } from '../../../../lib/model/sites/schema.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { phpVersions, refuseUsed, removePhp } from '../../../../lib/panel/php/versions.ts'

export default defineFunction({
  summary: 'Remove a PHP version that no site uses',
  throws: ['php_version_in_use'],
  scope: 'php:write',
  audit: 'php.remove',
  job: 'Remove a PHP version',
  fails: ['php.remove', 'php_version_in_use'],
  precheck: ({ ctx, params }) => refuseUsed(ctx, params.version),
  params: strictObject({ version: phpVersion }),
  returns: phpVersions,
  run: ({ ctx, params, job }) => removePhp(ctx, params.version, job.progress),
})
