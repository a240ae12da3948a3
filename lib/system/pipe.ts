import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { PanelError } from '../model/errors.ts'
import { paths } from '../model/paths.ts'
import { ensureDirectory, errorCode, removeFile } from './files.ts'
import { passwd } from './passwd.ts'
import { run } from './run.ts'

/** Where the panel finds a pipe that the agent writes into. */
export const pipePath = (id: string): string => `${paths.pipes}/${id}`

/** How long a reader may take to come, and how often one is looked for (ms). */
const OPEN_TIMEOUT_MS = 30_000
const POLL_MS = 10

export interface Reader {
  /** The pipe is there, and may be opened by its name. */
  onMade: () => void
  /** Nobody waits for the work any more. */
  gone: AbortSignal
}

/**
 * Gives work a pipe to write into, once somebody has its other end open: what fits into the pipe would otherwise be
 * lost with it when the work is quick. The panel's user may open it by its name as long as the work goes on. From then
 * on this process keeps both ends open, so a reader that leaves ends nothing: whoever calls notices by other means.
 */
export async function withPipe<T>(id: string, reader: Reader, work: (output: number) => Promise<T>): Promise<T> {
  const group = passwd.gid('hosting-panel')
  await ensureDirectory(paths.pipes, { uid: 0, gid: group, mode: 0o750 })
  await run(['mkfifo', '--mode=0600', '--', pipePath(id)])
  try {
    await admit(pipePath(id), group)
    reader.onMade()
    const handle = await openOnceRead(pipePath(id), reader.gone)
    return await work(handle.fd).finally(() => handle.close())
  } finally {
    await removeFile(pipePath(id))
  }
}

/** Lets the members of a group read a pipe. */
async function admit(path: string, group: number): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  await handle.chown(0, group)
  await handle.chmod(0o640)
  await handle.close()
}

async function openOnceRead(path: string, gone: AbortSignal) {
  for (
    const deadline = performance.now() + OPEN_TIMEOUT_MS;
    performance.now() < deadline && !gone.aborted;
    await sleep(POLL_MS)
  ) {
    // Refused as long as nobody reads (fifo(7)).
    const first = await open(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW).catch(
      (error: unknown) => {
        if (errorCode(error) !== 'ENXIO') throw error
      },
    )
    if (first) return open(path, constants.O_RDWR | constants.O_NOFOLLOW).finally(() => first.close())
  }
  throw new PanelError('cancelled', 409, 'Nobody came to read this')
}
