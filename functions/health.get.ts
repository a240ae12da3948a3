import { health, readHealth } from '../lib/panel/health/health.ts'
import { defineFunction } from '../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Tell the state of the panel, its agent and the services',
  access: 'public',
  returns: health,
  run: ({ ctx }) => readHealth(ctx, performance.now()),
})
