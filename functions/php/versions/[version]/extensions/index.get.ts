import { strictObject } from 'valibot'
import { phpVersion } from '../../../../../lib/model/sites/schema.ts'
import { defineFunction } from '../../../../../lib/panel/http/define.ts'
import { listExtensions, phpExtensions } from '../../../../../lib/panel/php/extensions.ts'

export default defineFunction({
  summary: 'List the extensions of a PHP version: installed, and those that can be',
  throws: ['php.extensions'],
  scope: 'php:read',
  params: strictObject({ version: phpVersion }),
  returns: phpExtensions,
  run: ({ ctx, params }) => listExtensions(ctx, params.version),
})
