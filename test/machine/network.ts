import { existsSync, readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { must, run } from './_exec.ts'

const subnet = '10.77.0.0/16'
/** A /30 for each machine, the first one left out. */
export const slots = 2 ** 14

export interface Network {
  /** The name of its network namespace, and of the host's end of its cable. */
  namespace: string
  cable: string
  gateway: string
  address: string
}

/** The names and addresses of one machine's network; each slot has its own. */
export function network(slot: number): Network {
  const base = (10 << 24) + (77 << 16) + slot * 4
  return { namespace: `hp-test-${slot}`, cable: `hpt${slot}`, gateway: dotted(base + 1), address: dotted(base + 2) }
}

/** The same for somebody else on the net, from whom a machine can be reached: `which` tells several apart. */
export function elsewhere({ address }: Network, which = 0): Network {
  const slot =
    (address
      .split('.')
      .slice(1)
      .reduce((sum, part) => sum * 256 + Number(part), 0) %
      2 ** 16) >>
    2
  const base = (10 << 24) + ((78 + which) << 16) + slot * 4
  return {
    namespace: `hp-else-${slot}-${which}`,
    cable: `hpe${slot}-${which}`,
    gateway: dotted(base + 1),
    address: dotted(base + 2),
  }
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((bits) => (address >>> bits) & 255).join('.')
}

/** Make the machine's namespace, its cable to this host, and its way out through it. */
export async function connect({ namespace, cable, gateway, address }: Network): Promise<void> {
  await must(['ip', 'netns', 'add', namespace])
  await must(['ip', 'link', 'add', cable, 'type', 'veth', 'peer', 'name', 'host0', 'netns', namespace])
  await must(['ip', 'address', 'add', `${gateway}/30`, 'dev', cable])
  await must(['ip', 'link', 'set', cable, 'up'])
  const inside = ['ip', '-n', namespace]
  await must([...inside, 'link', 'set', 'lo', 'up'])
  await must([...inside, 'address', 'add', `${address}/30`, 'dev', 'host0'])
  await must([...inside, 'link', 'set', 'host0', 'up'])
  await must([...inside, 'route', 'add', 'default', 'via', gateway])
  await masquerade()
}

/** Gives a machine and somebody elsewhere IPv6 too, who has many addresses of one network there. */
export async function connectIPv6(machine: Network, other: Network): Promise<{ address: string; others: string[] }> {
  await writeFile('/proc/sys/net/ipv6/conf/all/forwarding', '1')
  const ends = [machine, other].map(({ address, ...rest }) => ({
    ...rest,
    prefix: `fd77:${address.split('.').slice(1).join(':')}:`,
  }))
  for (const { namespace, cable, prefix } of ends) {
    await must(['ip', '-6', 'address', 'replace', `${prefix}:1/64`, 'dev', cable, 'nodad'])
    for (let number = 2; number < 10; number++)
      await must(['ip', '-n', namespace, '-6', 'address', 'replace', `${prefix}:${number}/64`, 'dev', 'host0', 'nodad'])
    await must(['ip', '-n', namespace, '-6', 'route', 'replace', 'default', 'via', `${prefix}:1`])
  }
  const [here, there] = ends
  return {
    address: `${here!.prefix}:2`,
    others: Array.from({ length: 8 }, (_, index) => `${there!.prefix}:${index + 2}`),
  }
}

/** One table of our own for all machines; loading it again changes nothing. */
async function masquerade(): Promise<void> {
  await writeFile('/proc/sys/net/ipv4/ip_forward', '1')
  await must(['nft', '-f', '-'], {
    input: `table ip hosting_panel_test
delete table ip hosting_panel_test
table ip hosting_panel_test {
  chain postrouting {
    type nat hook postrouting priority srcnat
    ip saddr ${subnet} ip daddr != ${subnet} masquerade
  }
}
`,
  })
}

/** Let somebody elsewhere come to the machines with this host's address. */
export async function mask(address: string): Promise<void> {
  await must(['nft', '-f', '-'], {
    input: `table ip hosting_panel_test_masks
table ip hosting_panel_test_masks {
  set addresses {
    type ipv4_addr
  }
  chain postrouting {
    type nat hook postrouting priority srcnat
  }
}
flush chain ip hosting_panel_test_masks postrouting
add rule ip hosting_panel_test_masks postrouting ip saddr @addresses masquerade
add element ip hosting_panel_test_masks addresses { ${address} }
`,
  })
}

/** Take the network away again; what is not there is no error. */
export async function disconnect({ namespace, cable }: Network): Promise<void> {
  await run(['ip', 'link', 'delete', cable])
  await run(['ip', 'netns', 'delete', namespace])
}

/** Takes away what tests left elsewhere on a machine's net. */
export async function leaveElsewhere(of: Network): Promise<void> {
  const prefix = elsewhere(of, 0).namespace.replace(/0$/, '')
  for (const namespace of existsSync('/run/netns') ? readdirSync('/run/netns') : []) {
    if (namespace.startsWith(prefix)) await disconnect(elsewhere(of, Number(namespace.slice(prefix.length))))
  }
}
