import { defineHook } from '../lib/panel/hooks/define.ts'
import { refreshRanges } from '../lib/panel/proxies/ranges.ts'

export default defineHook({
  summary: 'Asks Cloudflare, Fastly and CloudFront for the addresses of their proxies',
  schedule: { daily: ['04:00'], spreadMinutes: 120 },
  run: async (ctx) => {
    for (const line of await refreshRanges(ctx, Date.now())) console.log(line)
  },
})
