import { readAccount } from '../../drivers/accounts/index.ts'
import { hasLimits } from '../../drivers/quota/commands.ts'
import { readQuotas, setLimits, type Limits } from '../../drivers/quota/index.ts'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import { siteUser } from '../../model/sites/names.ts'

const NONE: Limits = { kib: null, files: null }

/**
 * Has the kernel hold each site's user to a limit, where it keeps quotas. Sites that share a user cannot be held. Sets
 * what is not so yet.
 */
export async function holdSites({ sites }: Parsed<'sites.hold'>): Promise<Output<'sites.hold'>> {
  const quotas = await readQuotas()
  if (!quotas?.enforced) return { held: false }
  const wanted = sites.flatMap(({ domain, diskMb, files }): [number, Limits][] => {
    const account = readAccount(siteUser(domain))
    return account ? [[account.uid, { kib: diskMb === null ? null : diskMb * 1024, files }]] : []
  })
  const changed = wanted.filter(([uid, limits]) => !hasLimits(quotas.users.get(uid)?.limits ?? NONE, limits))
  await setLimits(quotas, new Map(changed))
  return { held: true }
}
