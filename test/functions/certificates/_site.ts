import type { Answers } from '../_agent.ts'
import { certificateOf, withAuthority } from '../_authority.ts'
import { openPanel } from '../_harness.ts'
import { putSite } from '../_users.ts'

export const names = ['a.test', 'www.a.test']

/** A panel with the site a.test (and www.a.test), and an authority. */
export async function withSite(answers?: Answers) {
  const panel = await openPanel()
  await panel.signIn()
  putSite(panel, 'a.test', null, { aliases: ['www.a.test'] })
  return { panel, db: panel.ctx.db, authority: withAuthority(panel.ctx, answers), of: certificateOf(panel, 'a.test') }
}
