import { array, strictObject } from 'valibot'
import { defineFunction } from '../../lib/function/define.ts'
import { job, listJobs } from '../../lib/jobs/read.ts'

export default defineFunction({
  summary: 'List long work, newest first',
  scope: 'jobs:read',
  returns: strictObject({ jobs: array(job) }),
  run: ({ ctx, identity }) => ({ jobs: listJobs(ctx, identity!) }),
})
