import type { Output } from '../../model/protocol/agent.ts'
import type { Context } from '../http/context.ts'
import { getSpec } from './read.ts'

/** The .htaccess files of a site whose files nginx serves itself. */
export async function findHtaccess(ctx: Context, domain: string): Promise<Output<'sites.htaccess'>> {
  const { documentRoot, runtime } = getSpec(ctx, domain)
  if (runtime !== 'static' && runtime !== 'php') return { files: [], complete: true }
  return ctx.agent.call('sites.htaccess', { domain, documentRoot })
}
