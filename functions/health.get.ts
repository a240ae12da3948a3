import { defineFunction } from '../lib/function/define.ts'
import { health, readHealth } from '../lib/health/health.ts'

export default defineFunction({
  summary: 'Tell the state of the panel, its agent and the services',
  access: 'public',
  returns: health,
  run: ({ ctx }) => readHealth(ctx, Date.now()),
})
