import type { Change, Listed } from './_changes.ts'

/** Changes that only the administrator makes, beside all of a customer's. */
export const administratorChanges: Record<string, Change> = {
  isolation: async ({ call, random }) => {
    const { body } = await call('GET', '/sites')
    const sites = ((body?.sites ?? []) as Listed[]).filter(({ runtime }) => runtime === 'php' || runtime === 'static')
    if (sites.length > 0)
      await call('PATCH', `/sites/${random.pick(sites).domain}`, { isolation: random.pick(['own', 'shared']) })
  },
  firewall: async ({ call, random }) => {
    const { body } = await call('GET', '/firewall/rules')
    const own = ((body?.rules ?? []) as { id: string | null; port: number; comment?: string }[]).filter(
      ({ id, port }) => id && port >= 31_000,
    )
    if (own.length > 2) await call('DELETE', `/firewall/rules/${random.pick(own).id}`)
    else await call('POST', '/firewall/rules', { port: 31_000 + random.below(50) })
  },
  bans: async ({ call, random }) => {
    const address = `198.51.100.${random.below(20)}`
    if (random.chance(0.5)) await call('POST', '/bans', { address, minutes: 5 })
    else await call('DELETE', `/bans/${address}`)
  },
  jail: ({ call, random }) => call('PATCH', '/bans/jails/sshd', { maxRetry: 4 + random.below(4) }),
  users: async ({ call, random }) => {
    const username = `guest${random.below(3)}`
    await random.pick<() => Promise<unknown>>([
      () => call('POST', '/users', { username, password: 'a long password for a guest' }),
      () => call('PATCH', `/users/${username}`, { limits: { sites: random.below(5) } }),
      () => call('DELETE', `/users/${username}`),
    ])()
  },
  settings: ({ call, random }) => call('PATCH', '/settings', { resolvers: random.chance(0.5) ? ['192.0.2.53'] : [] }),
  drift: ({ work, random, call }) => (random.chance(0.5) ? work('POST', '/drift') : call('GET', '/drift')),
}
