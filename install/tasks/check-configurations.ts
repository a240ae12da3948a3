import { watchConfigurations } from '../../lib/panel/alerts/configurations.ts'
import { openInstalledContext } from '../../lib/panel/open-context.ts'

/** Run at the end of an installation: names each daemon that would not start with its configuration. */
for (const problem of await watchConfigurations(await openInstalledContext(), new Date())) console.log(problem)
