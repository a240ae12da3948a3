import { strictObject } from 'valibot'
import { domain } from '../../../../lib/model/domain.ts'
import { fileProblems } from '../../../../lib/model/sites/file-problems.ts'
import { getFileProblems } from '../../../../lib/panel/files/problems.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Show the files of a site that visitors or its own code cannot read, or that belong to somebody else',
  throws: ['files.problems'],
  scope: 'sites:read',
  params: strictObject({ site: domain }),
  returns: fileProblems,
  run: ({ ctx, params }) => getFileProblems(ctx, params.site),
})
