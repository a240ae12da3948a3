import { strictObject } from 'valibot'
import { environment } from '../../../../lib/model/apps/environment.ts'
import { domain } from '../../../../lib/model/domain.ts'
import { getEnvironment } from '../../../../lib/panel/apps/update.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Show an app’s environment with its values; needs the right to change it',
  throws: ['not_an_app'],
  scope: 'sites:write',
  params: strictObject({ site: domain }),
  returns: environment,
  run: ({ ctx, params }) => getEnvironment(ctx, params.site),
})
