import { renewCertificates } from '../lib/panel/certificates/renew.ts'
import { defineHook } from '../lib/panel/hooks/define.ts'

export default defineHook({
  summary: 'Renews certificates that end soon',
  // Authorities ask that not everybody comes on the hour.
  schedule: { daily: ['02:00', '14:00'], spreadMinutes: 360 },
  run: async (ctx) => {
    const { renewed, failed } = await renewCertificates(ctx, Date.now())
    console.log(renewed.length > 0 ? `Renewed: ${renewed.join(', ')}` : 'Nothing was renewed')
    if (failed.length > 0) console.log(`Failed, and tried again later: ${failed.join(', ')}`)
  },
})
