import { runHook } from '../lib/panel/alerts/hooks.ts'
import { renewCertificates } from '../lib/panel/certificates/renew.ts'
import { hookContext } from './_context.ts'

/** Twice a day, and when nginx had to do without a certificate: renews what is due, and raises alerts. */
const ctx = await hookContext()
await runHook(ctx, 'renew-certificates', async () => {
  const { renewed, failed } = await renewCertificates(ctx, Date.now())
  console.log(renewed.length > 0 ? `Renewed: ${renewed.join(', ')}` : 'Nothing was renewed')
  if (failed.length > 0) console.log(`Failed, and tried again later: ${failed.join(', ')}`)
})
