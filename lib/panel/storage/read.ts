import * as v from 'valibot'
import { storage } from '../../model/sites/schema.ts'
import type { Context } from '../http/context.ts'
import { getSpec } from '../sites/read.ts'
import { listDatabases } from '../store/databases.ts'
import { databaseUsage, findUsage } from '../store/usage.ts'
import { limitOf, readDisk, toMb } from '../usage/limits.ts'

const amount = v.strictObject({ diskMb: v.nullable(v.number()), files: v.nullable(v.number()) })

/** A site's use of the disk. */
export const siteStorage = v.strictObject({
  /**
   * `full`: it reached a limit, its own or its owner's, and cannot grow. `over`: it grew all the same, and is stopped.
   */
  state: storage,
  /** As last measured; null: not yet. */
  used: v.nullable(v.strictObject({ filesMb: v.number(), databasesMb: v.number(), files: v.number() })),
  /** Its limits; null: none. */
  most: amount,
  measuredAt: v.nullable(v.string()),
})
export type SiteStorage = v.InferOutput<typeof siteStorage>

/** Reads a site's use of the disk, as last measured, and its limits. Throws `site_not_found`. */
export function getStorage(ctx: Context, domain: string): SiteStorage {
  const spec = getSpec(ctx, domain)
  const row = findUsage(ctx.db, domain)
  const most = limitOf(spec, readDisk())
  const finite = (value: number) => (Number.isFinite(value) ? value : null)
  return {
    state: spec.storage,
    used: row && { filesMb: toMb(row.bytes), databasesMb: toMb(bytesInDatabases(ctx, domain)), files: row.files },
    most: { diskMb: finite(Math.floor(most.bytes / 1024 / 1024)), files: finite(Math.floor(most.files)) },
    measuredAt: row?.measuredAt ?? null,
  }
}

function bytesInDatabases(ctx: Context, domain: string): number {
  const known = databaseUsage(ctx.db)
  return listDatabases(ctx.db)
    .filter(({ site }) => site === domain)
    .reduce((total, { spec }) => total + (known.get(spec.name) ?? 0), 0)
}
