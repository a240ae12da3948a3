import { strictObject } from 'valibot'
import { phpExtension } from '../../../../../lib/model/sites/php-extension.ts'
import { phpVersion } from '../../../../../lib/model/sites/schema.ts'
import { defineFunction } from '../../../../../lib/panel/http/define.ts'
import { installExtension, phpExtensions } from '../../../../../lib/panel/php/extensions.ts'

export default defineFunction({
  summary: 'Install an extension of a PHP version; running sites load it without a failed request',
  scope: 'php:write',
  audit: 'php.extensions.install',
  job: 'Install a PHP extension',
  fails: ['php.installExtension'],
  target: ({ params, body }) => `${params.version} ${body.extension}`,
  params: strictObject({ version: phpVersion }),
  body: strictObject({ extension: phpExtension }),
  returns: phpExtensions,
  run: ({ ctx, params, body, job }) => installExtension(ctx, { ...params, ...body }, job.progress),
})
