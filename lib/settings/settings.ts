import * as v from 'valibot'
import { serverSpec, type ServerSpec } from '../agent/protocol.ts'
import type { Context } from '../function/context.ts'

const KEY = 'settings'
const defaults: ServerSpec = { serverName: null, resolvers: [] }

/** What PATCH /api/settings takes: any of the settings. */
export const settingsChanges = v.partial(serverSpec)

/** The server's own settings. */
export async function settings(ctx: Context): Promise<ServerSpec> {
  return { ...defaults, ...(await ctx.kv.get<Partial<ServerSpec>>(KEY, Date.now())) }
}

export async function saveSettings(ctx: Context, changes: Partial<ServerSpec>): Promise<ServerSpec> {
  const saved = { ...(await settings(ctx)), ...changes }
  await ctx.kv.set(KEY, saved, null)
  return saved
}
