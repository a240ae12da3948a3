import { errorCode, inspect, overwrite, readText, removeFile, writeAtomically } from '../../system/files.ts'
import { accessOf, accessSummary, ownership, sameAccess } from './access.ts'
import type { FileState, Kind } from './resource.ts'

export const file: Kind<FileState> = {
  async read(name) {
    const stats = await inspect(name)
    const content = stats && (await readText(name))
    return stats && content !== null ? { content, ...accessOf(stats) } : null
  },

  async set(name, before, after) {
    if (!after) return removeFile(name)
    await writeAtomically(name, after.content, ownership(after)).catch(async (error: unknown) => {
      const noRoom = errorCode(error) === 'ENOSPC' && before && (await inspect(name))?.isFile()
      if (!noRoom) throw error
      await overwrite(name, after.content, ownership(after))
    })
  },

  same: (before, after) => before.content === after.content && sameAccess(before, after),

  text: ({ content }) => content,
  summary: (before, after) =>
    before && after && before.content !== after.content && sameAccess(before, after)
      ? 'new content'
      : accessSummary(before, after),
}
