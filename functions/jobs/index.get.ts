import { array, strictObject } from 'valibot'
import { defineFunction } from '../../lib/panel/http/define.ts'
import { job, jobFilter, listJobs } from '../../lib/panel/jobs/read.ts'

export default defineFunction({
  summary: 'List jobs, newest first',
  scope: 'jobs:read',
  query: jobFilter,
  returns: strictObject({ jobs: array(job) }),
  run: ({ ctx, identity, query }) => ({ jobs: listJobs(ctx, identity, query) }),
})
