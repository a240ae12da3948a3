import { defineFunction } from '../../../lib/panel/http/define.ts'
import { listPhpVersions, phpVersions } from '../../../lib/panel/php/versions.ts'

export default defineFunction({
  summary: 'List the PHP versions: installed, available, and how many sites use each',
  throws: ['php.list'],
  scope: 'php:read',
  returns: phpVersions,
  run: ({ ctx, identity }) => listPhpVersions(ctx, identity),
})
