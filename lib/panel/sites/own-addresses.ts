import { invalidInput } from '../../model/errors.ts'
import { overlap } from '../../model/network.ts'
import { isProvider } from '../../model/sites/trusted-proxies.ts'
import { ownAddresses } from '../../proc/addresses.ts'

/**
 * Refuses proxies that this server itself is one of: its sites' programs come from its addresses, and could name any
 * visitor. Throws `invalid_input`.
 */
export function refuseOwnAddresses(list: readonly string[], own: readonly string[] = ownAddresses()): void {
  for (const entry of list.filter((one) => !isProvider(one))) {
    const address = own.find((one) => overlap(entry, one))
    if (address === undefined) continue
    throw invalidInput(
      'trustedProxies',
      `${entry} has ${address}, an address of this server, so programs of its sites could name any visitor. Name the ` +
        'addresses of the proxies alone',
    )
  }
}
