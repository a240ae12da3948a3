import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { paths } from '../paths.ts'
import { ensureDirectory, removeFile } from './files.ts'
import { identities } from './identities.ts'
import { run } from './run.ts'

/** Where the panel finds a pipe that the agent writes into. */
export const pipePath = (id: string): string => `${paths.pipes}/${id}`

/**
 * Gives work a pipe to write into, whose other end the panel's user may open by its name as long as the work goes on.
 * This process keeps both ends open, so a reader that leaves ends nothing: whoever calls notices by other means.
 */
export async function withPipe<T>(id: string, work: (output: number) => Promise<T>): Promise<T> {
  const group = identities.gid('hosting-panel')
  await ensureDirectory(paths.pipes, { uid: 0, gid: group, mode: 0o750 })
  await run(['mkfifo', '--mode=0600', '--', pipePath(id)])
  const handle = await open(pipePath(id), constants.O_RDWR | constants.O_NOFOLLOW)
  try {
    await handle.chown(0, group)
    await handle.chmod(0o640)
    return await work(handle.fd)
  } finally {
    await handle.close()
    await removeFile(pipePath(id))
  }
}
