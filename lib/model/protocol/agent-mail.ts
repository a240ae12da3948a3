import * as v from 'valibot'
import { domain } from '../domain.ts'
import { mail, mailChanges } from '../mail/schema.ts'

/** A site, or null: the server. */
const whose = { domain: v.nullable(domain) }

/** Operations of the agent about mail that leaves; lib/model/protocol/agent.ts has the others. */
export const mailOperations = {
  'mail.show': { reads: 'shared', input: v.strictObject(whose), output: mail },
  /** Changes what is given. `domains`: those that a sender has to be of; null: any. */
  'mail.keep': {
    input: v.strictObject({ ...whose, changes: mailChanges, domains: v.nullable(v.array(domain)) }),
    output: mail,
    throws: ['invalid_input', 'mail_service_missing', 'site_not_found'],
  },
} as const
