import { randomBytes } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { paths } from '../../model/paths.ts'
import { convergeServer } from '../drift/converge.ts'
import type { Context } from '../http/context.ts'
import { readRanges } from '../sites/trusted-networks.ts'

/** Asks providers for the addresses of their proxies, and makes new ones live. Answers lines for the hook's log. */
export async function refreshRanges(ctx: Context, file: string = paths.trustedProxies): Promise<string[]> {
  const known = readRanges(file)
  const { ranges: next, problems } = await ctx.agent.call('proxies.ranges', { known })
  const told = problems.map((problem) => `Kept the known addresses: ${problem}`)
  if (JSON.stringify(next) === JSON.stringify(known)) return told
  const unfinished = `${file}.${randomBytes(6).toString('hex')}`
  writeFileSync(unfinished, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 })
  renameSync(unfinished, file)
  await convergeServer(ctx, { removeOrphans: false })
  return [...told, 'Updated the addresses of proxies']
}
