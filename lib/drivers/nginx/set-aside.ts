import { changedSites, noteRefused, useDirectives } from './additions.ts'

type Check = () => Promise<string | null>

/**
 * Finds the sites whose own directives make nginx refuse its configuration, and puts those that it took before in their
 * place, so that one site's mistake stops no other site. Only directives that somebody changed since then can be at
 * fault; `except` are left alone, because their change itself is being checked. Answers what nginx still complains of;
 * null when it complains of nothing.
 */
export async function setAside(check: Check, except: readonly string[]): Promise<string | null> {
  const suspects = (await changedSites()).filter((domain) => !except.includes(domain))
  const replaced: string[] = []
  for (const domain of suspects) if (await useDirectives(domain, 'kept')) replaced.push(domain)
  const other = await check()
  for (const domain of replaced) await restoreUnlessRefused(domain, check, other !== null)
  return other
}

/** With another fault about, nothing can be told of one site: all is as it was. */
async function restoreUnlessRefused(domain: string, check: Check, anyway: boolean): Promise<void> {
  await useDirectives(domain, 'own')
  const problem = anyway ? null : await check()
  if (problem === null) return
  await useDirectives(domain, 'kept')
  await noteRefused(domain, problem)
}
