import { isUtf8 } from 'node:buffer'
import { errorCode, inspect, overwrite, readBytes, removeFile, writeAtomically } from '../../system/files.ts'
import { accessOf, accessSummary, ownership, sameAccess } from './access.ts'
import type { FileState, Kind } from './resource.ts'

export const file: Kind<FileState> = {
  things: ['a file'],

  async read(name) {
    const stats = await inspect(name)
    const bytes = stats && (await readBytes(name))
    return stats && bytes ? { ...contentOf(bytes), ...accessOf(stats) } : null
  },

  async set(name, before, after) {
    if (!after) return removeFile(name)
    await writeAtomically(name, bytesOf(after), ownership(after)).catch(async (error: unknown) => {
      const noRoom = errorCode(error) === 'ENOSPC' && before && (await inspect(name))?.isFile()
      if (!noRoom) throw error
      await overwrite(name, bytesOf(after), ownership(after))
    })
  },

  same: (before, after) => before.content === after.content && sameAccess(before, after),

  text: ({ content }) => content,
  summary: (before, after) =>
    before && after && before.content !== after.content && sameAccess(before, after)
      ? 'new content'
      : accessSummary(before, after),
}

const contentOf = (bytes: Buffer): Pick<FileState, 'content' | 'encoding'> =>
  isUtf8(bytes) ? { content: bytes.toString() } : { content: bytes.toString('latin1'), encoding: 'latin1' }

const bytesOf = ({ content, encoding }: FileState): Buffer => Buffer.from(content, encoding ?? 'utf8')
