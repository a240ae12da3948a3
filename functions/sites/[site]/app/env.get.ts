import { strictObject } from 'valibot'
import { environment } from '../../../../lib/apps/environment.ts'
import { getEnvironment } from '../../../../lib/apps/update.ts'
import { defineFunction } from '../../../../lib/function/define.ts'
import { domain } from '../../../../lib/sites/domain.ts'

export default defineFunction({
  summary: 'Show an app’s environment with its values, for who may change it',
  scope: 'sites:write',
  params: strictObject({ site: domain }),
  returns: environment,
  run: ({ ctx, params }) => getEnvironment(ctx, params.site),
})
