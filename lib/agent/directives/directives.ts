import {
  changedSites,
  keepDirectives,
  readDirectives,
  refusedSites,
  sitesSetAside,
  useDirectives,
} from '../../drivers/nginx/additions.ts'
import { checkConfiguration, load, stageGeneration } from '../../drivers/nginx/index.ts'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import { siteNames } from '../../model/sites/names.ts'

/** Reads the own directives of a site that people put on the server, and why nginx refuses them. */
export async function describeDirectives({ domain }: Parsed<'directives.read'>): Promise<Output<'directives.read'>> {
  const { additions, directives } = siteNames(domain)
  const files = [...(await readDirectives(additions))].filter(([name]) => `${additions}/${name}` !== directives)
  return {
    others: files.map(([name, text]) => ({ name, text })),
    problem: (await refusedSites()).get(domain) ?? null,
  }
}

/**
 * Looks at own directives that changed on the server: those that nginx takes go live, and those that it refuses are
 * replaced by the last that it took. Throws when something else is wrong with its configuration.
 */
export async function checkDirectives(): Promise<Output<'directives.check'>> {
  const domains = [...new Set([...(await changedSites()), ...(await sitesSetAside())])]
  if (domains.length > 0) await takeOver(domains)
  return { refused: [...(await refusedSites())].map(([domain, problem]) => ({ domain, problem })) }
}

async function takeOver(domains: readonly string[]): Promise<void> {
  for (const domain of domains) await useDirectives(domain, 'own')
  await checkConfiguration()
  for (const domain of domains) await keepDirectives(domain)
  const refused = await refusedSites()
  if (domains.some((domain) => !refused.has(domain))) await load(await stageGeneration())
}
