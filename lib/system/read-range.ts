import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** The last bytes of a plain file, one byte a character; '' when there is none. A link is never followed. */
export async function readEnd(path: string, bytes: number): Promise<string> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null)
  if (!handle) return ''
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) return ''
    const length = Math.min(bytes, stats.size)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, stats.size - length)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await handle.close()
  }
}
