import { openPanel, type Panel } from '../_harness.ts'
import { newUser, putSite } from '../_users.ts'

/** A panel with Ann and Bob, a site for each, and one that is the administrators’. */
export async function panelWithUsers(): Promise<{ panel: Panel; ann: { cookie: string }; bob: { cookie: string } }> {
  const panel = await openPanel()
  await panel.signIn()
  const [ann, bob] = [await newUser(panel, 'ann'), await newUser(panel, 'bob')]
  putSite(panel, 'ann.test', 'ann')
  putSite(panel, 'bob.test', 'bob')
  putSite(panel, 'everybodys.test', null)
  return { panel, ann, bob }
}
