import { parseArgs } from 'node:util'
import { verifyAudit } from '../../lib/panel/audit/audit.ts'
import { openInstalledContext } from '../../lib/panel/open-context.ts'

/** `hosting-panel audit verify`: ends with 1, and names the first row, when the record is not as it was written. */
parseArgs()
const { broken } = verifyAudit(await openInstalledContext())
if (broken === null) console.log('The record is as it was written')
else {
  console.error(
    `The record is not as it was written: entry ${broken} was changed, removed or put in. What is from before ` +
      'it is whole; what is after it may not be',
  )
  process.exitCode = 1
}
