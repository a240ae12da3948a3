import { changedSites, noteRefused, useDirectives } from './additions.ts'

type Check = () => Promise<string | null>

/**
 * Finds the sites whose own directives nginx refuses, and uses their last accepted ones instead, so that one site's
 * mistake stops no other site. Only directives that were changed since then can be at fault. Sites in `except` are left
 * alone: their change is being checked. Answers nginx's remaining complaint, or null.
 */
export async function setAside(check: Check, except: readonly string[]): Promise<string | null> {
  const suspects = (await changedSites()).filter((domain) => !except.includes(domain))
  const replaced: string[] = []
  for (const domain of suspects) if (await useDirectives(domain, 'kept')) replaced.push(domain)
  const other = await check()
  for (const domain of replaced) await restoreUnlessRefused(domain, check, other !== null)
  return other
}

/** If nginx still fails for another reason (`anyway`), restores the directives of all sites. */
async function restoreUnlessRefused(domain: string, check: Check, anyway: boolean): Promise<void> {
  await useDirectives(domain, 'own')
  const problem = anyway ? null : await check()
  if (problem === null) return
  await useDirectives(domain, 'kept')
  await noteRefused(domain, problem)
}
