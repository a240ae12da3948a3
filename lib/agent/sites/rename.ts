import { readAccount } from '../../drivers/accounts/index.ts'
import type { Facts } from '../../drivers/facts.ts'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import type { ServerSpec } from '../../model/protocol/desired.ts'
import { siteNames, siteUser } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import { inspect, listDirectory } from '../../system/files.ts'
import { readFacts } from '../facts/facts.ts'
import type { Resource } from '../resources/resource.ts'
import { describeRename } from './describe-rename.ts'
import { stamp } from './trash.ts'

/**
 * Describes a site that gets another domain. Throws `path_taken` where something of the new name is there, and
 * `account_missing` for a site whose user is not.
 */
export async function resourcesOfRename(
  from: string,
  spec: SiteSpec,
  server: ServerSpec,
  now: Date,
): Promise<Resource[]> {
  const found = { nginxLogs: await listDirectory(paths.nginxLogs), appLogs: await listDirectory(paths.appLogs) }
  const resources = describeRename(from, spec, await factsOf(from, spec, server), stamp(now), found)
  refuseUser(from, spec.domain)
  for (const resource of resources) if (resource.kind === 'move') await refuseOccupied(resource)
  return resources
}

/** Its certificate, and the note on its own directives, are where they were, or moved already. */
async function factsOf(from: string, { domain, certificate }: SiteSpec, server: ServerSpec): Promise<Facts> {
  const subject = (await inspect(siteNames(from).certificates)) ? from : domain
  const facts = await readFacts(server, certificate ? [{ subject, id: certificate.id }] : [])
  return { ...facts, setAside: facts.setAside.map((name) => (name === from ? domain : name)) }
}

function refuseUser(from: string, to: string): void {
  const [old, next] = [siteUser(from), siteUser(to)]
  const [before, after] = [old, next].map(readAccount)
  if (before && after)
    throw new PanelError(
      'path_taken',
      409,
      `There is a user ${next} on this server, and ${to} needs that name. Nothing was changed. Look whose it is ` +
        'and remove it with userdel, then try again',
    )
  if (!before && !after)
    throw new PanelError(
      'account_missing',
      409,
      `The user ${old} of ${from} is missing. Nothing was changed. Undo the changes by hand (drift), and try again`,
    )
}

async function refuseOccupied({ name, state }: Resource & { kind: 'move' }): Promise<void> {
  if (!state || !(await inspect(state.at)) || !(await inspect(name))) return
  throw new PanelError(
    'path_taken',
    409,
    `${state.at} is there already, and is where ${name} has to go. Nothing was changed. Move it to another place, ` +
      'and try again',
  )
}
