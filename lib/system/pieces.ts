import { constants, type Stats } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect, listDirectory } from './files.ts'

export interface Found {
  path: string
  size: number
}

/** The plain files of a tree that others may write to, so many levels down. Links are not followed; what goes meanwhile is left out. */
export async function* filesBelow(directory: string, levels: number): AsyncGenerator<Found> {
  for (const name of await listDirectory(directory)) {
    const path = join(directory, name)
    const stats = await inspect(path)
    if (stats?.isFile()) yield { path, size: stats.size }
    else if (stats?.isDirectory() && levels > 0) yield* filesBelow(path, levels - 1)
  }
}

/** The first bytes of a plain file, one byte a character; '' when there is none. A link is never followed. */
export const readStart = (path: string, bytes: number): Promise<string> => readPiece(path, bytes, () => 0)

/** The last bytes of a plain file, the same way. */
export const readEnd = (path: string, bytes: number): Promise<string> => readPiece(path, bytes, ({ size }) => Math.max(0, size - bytes))

async function readPiece(path: string, bytes: number, from: (stats: Stats) => number): Promise<string> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null)
  if (!handle) return ''
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) return ''
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(bytes, stats.size)), 0, Math.min(bytes, stats.size), from(stats))
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await handle.close()
  }
}
