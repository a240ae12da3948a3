import { strictObject } from 'valibot'
import { phpExtension } from '../../../../../../lib/model/sites/php-extension.ts'
import { phpVersion } from '../../../../../../lib/model/sites/schema.ts'
import { defineFunction } from '../../../../../../lib/panel/http/define.ts'
import { phpExtensions, removeExtension } from '../../../../../../lib/panel/php/extensions.ts'

export default defineFunction({
  summary: 'Remove an extension of a PHP version, unless another package needs it',
  scope: 'php:write',
  audit: 'php.extensions.remove',
  job: 'Remove a PHP extension',
  fails: ['php.removeExtension'],
  target: ({ params }) => `${params.version} ${params.extension}`,
  params: strictObject({ version: phpVersion, extension: phpExtension }),
  returns: phpExtensions,
  run: ({ ctx, params, job }) => removeExtension(ctx, params, job.progress),
})
