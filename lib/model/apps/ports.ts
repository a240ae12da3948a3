/** Ports of apps, on loopback: below those the kernel gives to outgoing connections. */
export const appPorts = { first: 20_000, last: 29_999 } as const
