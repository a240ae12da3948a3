import { strictObject } from 'valibot'
import { domain } from '../../../../lib/model/domain.ts'
import { repairedFiles, repairFiles } from '../../../../lib/panel/files/problems.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'
import { getSite } from '../../../../lib/panel/sites/read.ts'

export default defineFunction({
  summary: 'Repair owners and modes of a site’s files',
  throws: ['files.problems', 'files.repair'],
  scope: 'sites:write',
  audit: 'files.repair',
  perMinute: 2,
  params: strictObject({ site: domain }),
  returns: repairedFiles,
  snapshot: ({ ctx, params }) => getSite(ctx, params.site),
  run: ({ ctx, params }) => repairFiles(ctx, params.site),
})
