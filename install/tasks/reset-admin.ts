import { parseArgs } from 'node:util'
import { newUsername } from '../../lib/model/auth/usernames.ts'
import { check } from '../../lib/panel/http/input.ts'
import { openInstalledContext } from '../../lib/panel/open-context.ts'
import { resetAdministrator } from '../../lib/panel/users/reset-admin.ts'

/** `hosting-panel reset-admin`: lets an administrator in who is locked out, and prints the new password, once. */
const { values } = parseArgs({ options: { username: { type: 'string' } } })
const wanted = values.username === undefined ? undefined : (check(newUsername, values.username, 'name') as string)
const { username, password, created, tokens } = await resetAdministrator(await openInstalledContext(), wanted)
console.log(
  created
    ? `There was no administrator; ${username} is new.`
    : `${username} has a new password, no second factor, and no sessions.`,
)
console.log(`User name: ${username}\nPassword:  ${password}`)
if (tokens > 0) console.log(`Its ${tokens} API tokens still work: hosting-panel tokens list`)
