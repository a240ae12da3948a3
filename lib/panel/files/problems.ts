import * as v from 'valibot'
import { fileProblems, type FileProblems } from '../../model/sites/file-problems.ts'
import type { Context } from '../http/context.ts'
import { getSpec, listSpecs } from '../sites/read.ts'
import { raiseAlert, resolveAlert } from '../store/alerts.ts'

const keyOf = (domain: string): string => `files:${domain}`

/** Looks for files of a site that visitors or its code do not reach; without any its alert ends. */
export async function getFileProblems(ctx: Context, domain: string): Promise<FileProblems> {
  const problems = await ctx.agent.call('files.problems', { spec: getSpec(ctx, domain) })
  if (problems.count === 0) resolveAlert(ctx.db, keyOf(domain))
  return problems
}

/** Answer of a repair: how many files were given back or opened, and what is left. */
export const repairedFiles = v.strictObject({ repaired: v.number(), ...fileProblems.entries })

/** Repairs the files of a site. Throws `site_not_found`, `site_busy`. */
export async function repairFiles(ctx: Context, domain: string): Promise<v.InferOutput<typeof repairedFiles>> {
  const { repaired } = await ctx.agent.call('files.repair', { spec: getSpec(ctx, domain) })
  const problems = await getFileProblems(ctx, domain)
  tell(ctx, domain, problems)
  return { repaired, ...problems }
}

/** Looks at the files of every site, one after the other, and raises or ends the alert of each. */
export async function lookAtAllFiles(ctx: Context): Promise<number> {
  let sites = 0
  for (const { domain } of listSpecs(ctx)) {
    try {
      const problems = await getFileProblems(ctx, domain)
      tell(ctx, domain, problems)
      if (problems.count > 0) sites++
    } catch (error) {
      console.error(`The files of ${domain} were not looked at:`, error)
    }
  }
  return sites
}

function tell(ctx: Context, domain: string, { count, examples }: FileProblems): void {
  if (count === 0) return resolveAlert(ctx.db, keyOf(domain))
  const message =
    `${count} files or folders of ${domain} are not its user’s, or cannot be read by nginx or the site’s code ` +
    `(${examples[0]!.path}). Look at them on the site’s page and repair them, or run: hosting-panel sites files ` +
    `repair ${domain}`
  raiseAlert(ctx.db, {
    key: keyOf(domain),
    site: domain,
    severity: 'warning',
    message,
    since: new Date().toISOString(),
  })
}
