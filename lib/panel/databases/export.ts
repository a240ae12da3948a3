import { constants, open } from 'node:fs'
import { Socket } from 'node:net'
import { promisify } from 'node:util'
import type { H3Event } from 'h3'
import type { Compression, Dump } from '../../model/databases/schema.ts'
import { PanelError } from '../../model/errors.ts'
import { gcPacer } from '../../model/gc.ts'
import { paths } from '../../model/paths.ts'
import type { Context } from '../http/context.ts'
import type { JobHandle } from '../jobs/jobs.ts'
import { refuseFullDisk } from '../usage/room.ts'
import { keepRow, nameFile } from './dumps.ts'
import { refuseBusy } from './import.ts'
import { getRow } from './read.ts'
import { newDumpId } from './remove.ts'
import { withRoom } from './room.ts'
import { cancelWith } from './task.ts'

/**
 * Refuses a dump that would be kept of a database that is on its way, or whose owner is full. Throws `database_busy`,
 * `limit_reached`.
 */
export async function refuseExport(ctx: Context, name: string): Promise<void> {
  refuseBusy(ctx, name)
  await refuseFullDisk(ctx, getRow(ctx, name).owner)
}

/** Writes a dump that the server keeps for a day. */
export async function exportDatabase(
  ctx: Context,
  name: string,
  compression: Compression,
  job: JobHandle,
): Promise<Dump> {
  const row = getRow(ctx, name)
  const id = newDumpId()
  return withRoom(ctx, row.owner, job, async (most) => {
    cancelWith(ctx, job)
    const { bytes } = await ctx.agent.call(
      'databases.export',
      { name, dump: id, compression, most, task: job.id },
      job.progress,
    )
    return keepRow(ctx, row, { id, reason: 'export', compression, bytes })
  })
}

/**
 * Streams a dump as it is made: nothing of it lies on the disk. One that fails half way breaks the answer off, so that
 * nobody takes it for whole; one that nobody reads any more is ended. Throws the agent's refusals while nothing was
 * sent.
 */
export async function streamDatabase(
  ctx: Context,
  event: H3Event,
  name: string,
  compression: Compression,
): Promise<ReadableStream> {
  getRow(ctx, name)
  const pipe = newDumpId()
  const leave = new AbortController()
  let isReady = () => {}
  const ready = new Promise<void>((resolve) => (isReady = resolve))
  const dumped = ctx.agent.call('databases.stream', { name, pipe, compression }, isReady, leave.signal)
  await Promise.race([ready, dumped])
  const socket = await openPipe(pipe).catch((error: unknown) => {
    leave.abort()
    throw error
  })
  nameFile(event, name, compression, new Date().toISOString())
  return follow(socket, dumped, leave)
}

/** Not as a handle: the socket closes it. */
const openDescriptor = promisify(open) as (path: string, flags: number) => Promise<number>

/**
 * As a socket: a file's reads would each hold one of the process's few threads while the dump pauses. Not waiting for a
 * writer either: an agent that was killed is none, and the open would never end.
 */
async function openPipe(id: string): Promise<Socket> {
  const fd = await openDescriptor(
    `${process.env.HOSTING_PANEL_PIPES ?? paths.pipes}/${id}`,
    constants.O_RDONLY | constants.O_NONBLOCK,
  ).catch(() => {
    throw new PanelError('dump_failed', 503, 'The dump could not be read; try again')
  })
  return new Socket({ fd, readable: true, writable: false })
}

/** Time in which a failed dump's last bytes are passed on (ms). */
const GRACE_MS = 1_000

/** Not by a generator: one that waits for more does not hear that nobody wants it any more. */
function follow(socket: Socket, dumped: Promise<unknown>, leave: AbortController): ReadableStream {
  const pace = gcPacer()
  const parts = (socket as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  const end = () => {
    leave.abort()
    socket.destroy()
  }
  // Of an agent that was killed before anybody had opened the pipe no end comes through it.
  dumped.catch(() => setTimeout(end, GRACE_MS).unref())
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await parts.next()
        if (!done) {
          pace(value.length)
          return controller.enqueue(value)
        }
        await dumped
        controller.close()
      } catch (error) {
        end()
        throw error
      }
    },
    cancel: end,
  })
}
