import type { Context } from '../http/context.ts'
import { readDisk, type Disk } from '../usage/limits.ts'
import { lookAtStorage } from './look.ts'

/** How often the free space is read (ms): it costs one call of the kernel. */
const POLL_MS = 5_000
const MINUTE = 60_000

const minuteOf = (now: number): number => Math.floor(now / MINUTE)

/** A loss of free space that is looked into at once. */
const LOSS = { bytes: 256 * 1024 * 1024, files: 20_000 }

/** So many of the sites that have written most are measured first. */
const FIRST = 5

/** Whether free space fell by so much that somebody may be filling the disk. Pure. */
export const isFalling = ({ free: before }: Disk, { free }: Disk): boolean =>
  before.bytes - free.bytes >= LOSS.bytes || before.files - free.files >= LOSS.files

/**
 * While the panel runs: looks at the sites each minute (lib/panel/usage/measure.ts says at which), and at once at those
 * that write most when the disk's free space falls fast. Each minute's look is when the hook of each minute has the
 * agent up, so that it starts once.
 */
export function watchStorage(ctx: Context): void {
  const writers = followWriters(ctx)
  let before = readDisk()
  let looked = Date.now()
  const glance = async () => {
    const [disk, now] = [readDisk(), Date.now()]
    const falling = isFalling(before, disk)
    before = falling ? disk : highest(before, disk)
    if (falling) tell(await lookAtStorage(ctx, now, await writers()))
    if (minuteOf(now) === minuteOf(looked)) return
    looked = now
    tell(await lookAtStorage(ctx, now))
  }
  let atWork = false
  setInterval(() => {
    if (atWork) return
    atWork = true
    glance()
      .catch((error: unknown) => console.error('The use of the disk could not be looked at:', error))
      .finally(() => (atWork = false))
  }, POLL_MS).unref()
}

function tell(failures: Awaited<ReturnType<typeof lookAtStorage>>): void {
  for (const { name, error } of failures)
    console.error(`${name} could not be held to its limit of disk, or let go:`, error)
}

/** Losses are counted from the most that was free. */
const highest = ({ size, free }: Disk, now: Disk): Disk => ({
  size,
  free: { bytes: Math.max(free.bytes, now.free.bytes), files: Math.max(free.files, now.free.files) },
})

/** Answers the sites that have written most since it was called before. */
function followWriters(ctx: Context): () => Promise<string[]> {
  let before = new Map<string, number>()
  return async () => {
    const { sites } = await ctx.agent.call('sites.writers', {})
    const known = before
    before = new Map(sites.map(({ domain, bytesWritten }) => [domain, bytesWritten]))
    return sites
      .map(({ domain, bytesWritten }) => ({ domain, by: bytesWritten - (known.get(domain) ?? 0) }))
      .sort((a, b) => b.by - a.by)
      .slice(0, FIRST)
      .map(({ domain }) => domain)
  }
}
