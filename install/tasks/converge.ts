import { convergeServer } from '../../lib/panel/drift/converge.ts'
import { openInstalledContext } from '../../lib/panel/open-context.ts'

/** Run by the installer: makes nginx and every site as the store says. Sites that the store does not know stay. */
const changes = await convergeServer(await openInstalledContext(), { removeOrphans: false }, ({ step, percent }) =>
  console.log(`${Math.round(percent)}% ${step}`),
)
console.log(`100% ${changes.length === 0 ? 'Everything was as it should be' : `${changes.length} changes made`}`)
