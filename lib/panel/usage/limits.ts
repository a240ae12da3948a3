import { statfsSync } from 'node:fs'
import { paths } from '../../model/paths.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Amount } from '../store/usage.ts'

export const MIB = 1024 * 1024

/** The file system of the sites' files. */
export interface Disk {
  size: Amount
  free: Amount
}

/**
 * Reads what the kernel tells of the sites' file system. Some (btrfs) do not count files: they have no limit of them.
 */
export function readDisk(path: string = process.env.HOSTING_PANEL_WEBSITES ?? paths.websites): Disk {
  const { blocks, bsize, bavail, files, ffree } = statfsSync(path)
  const counted = files > 0
  return {
    size: { bytes: blocks * bsize, files: counted ? files : Infinity },
    free: { bytes: bavail * bsize, files: counted ? ffree : Infinity },
  }
}

/** A site's limits: its own, or half of the disk. */
export const limitOf = (
  { diskMb, files }: Pick<SiteSpec, 'diskMb' | 'files'>,
  { size }: Pick<Disk, 'size'>,
): Amount => ({
  bytes: diskMb === null ? size.bytes / 2 : diskMb * MIB,
  files: files === null ? size.files / 2 : files,
})

export const toMb = (bytes: number): number => Math.ceil(bytes / MIB)

/** The greatest share of a limit that is used. */
export const greatestShare = (used: Amount, most: Amount): number =>
  Math.max(used.bytes / most.bytes, used.files / most.files)
