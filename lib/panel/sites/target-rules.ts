import { hostname as machineName } from 'node:os'
import type { Identity } from '../../model/auth/identity.ts'
import { invalidInput } from '../../model/errors.ts'
import { bracketed } from '../../model/network.ts'
import { addressesHere, bareHost, isOwnService, leadsHere } from '../../model/sites/proxy-target.ts'
import { wildcardOf } from '../../model/wildcard.ts'
import { ownAddresses } from '../../proc/addresses.ts'
import { readHosts } from '../../proc/hosts.ts'
import type { Context } from '../http/context.ts'
import { settings } from '../settings/settings.ts'
import { nameOwners } from '../store/site-names.ts'

/**
 * Refuses a proxy target that leads to this server: for everybody on the ports of its own services, and for all but
 * administrators anywhere. Names that DNS leads here, or /etc/hosts later, are refused where nginx connects
 * (lib/drivers/nftables). Answers whether it leads here.
 */
export async function refuseTarget(ctx: Context, target: string, identity: Identity): Promise<boolean> {
  const known = [...ownAddresses(), ...(await ownNames(ctx))]
  const host = bareHost(new URL(target))
  const isHere = addressesHere(target, readHosts()).some((address) => leadsHere(`http://${bracketed(address)}`, known))
  const own = isHere ? [...known, host] : known
  const isSite = nameOwners(ctx.db, [host, wildcardOf(host)]).length > 0
  if (isOwnService(target, isSite ? [...own, host] : own)) {
    throw invalidInput('proxyTo', 'This port belongs to one of the server’s own services')
  }
  if ((identity.role !== 'admin' || identity.site) && leadsHere(target, own)) {
    throw invalidInput('proxyTo', 'Only an administrator may let a site pass requests to this server itself')
  }
  return leadsHere(target, own)
}

const ownNames = async (ctx: Context): Promise<string[]> =>
  [(await settings(ctx)).serverName, machineName().toLowerCase()].filter((name) => name !== null)
