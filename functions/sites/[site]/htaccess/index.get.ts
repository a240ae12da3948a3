import { strictObject } from 'valibot'
import { domain } from '../../../../lib/model/domain.ts'
import { htaccess } from '../../../../lib/model/sites/htaccess.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { findHtaccess } from '../../../../lib/panel/sites/htaccess.ts'

export default defineFunction({
  summary: 'Name the .htaccess files of a site, which nginx does not read, and what they would deny',
  throws: ['sites.htaccess'],
  scope: 'sites:read',
  params: strictObject({ site: domain }),
  returns: htaccess,
  run: ({ ctx, params }) => findHtaccess(ctx, params.site),
})
