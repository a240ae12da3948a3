import { parseArgs } from 'node:util'
import { verifyAudit } from '../../lib/panel/audit/audit.ts'
import { openInstalledContext } from '../../lib/panel/open-context.ts'

/** `hosting-panel audit verify`: ends with 1, and names the first row, when the audit log was changed. */
parseArgs()
const { broken } = verifyAudit(await openInstalledContext())
if (broken === null) console.log('The audit log is unchanged')
else {
  console.error(
    `The audit log was changed from outside: entry ${broken} was changed, removed or put in. Entries before it are ` +
      'unchanged; entries after it may not be',
  )
  process.exitCode = 1
}
