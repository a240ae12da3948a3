import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rm, statfs } from 'node:fs/promises'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { H3Event } from 'h3'
import { PanelError } from '../../model/errors.ts'
import { gcPacer } from '../../model/gc.ts'
import { paths } from '../../model/paths.ts'
import { countUpload } from '../usage/uploading.ts'

/** A file that somebody sent: it lies in paths.uploads under its id. */
export interface Upload {
  id: string
  bytes: number
  /** The user it counts for; null: nobody's. */
  owner: string | null
}

const directory = (): string => process.env.HOSTING_PANEL_UPLOADS ?? paths.uploads

/** A sender may be silent this long (ms). */
const SILENCE_TIMEOUT_MS = 60_000

/** An upload leaves this much of the disk to others (bytes), and is measured each so often (bytes). */
const SPARE = 256 * 1024 * 1024
const MEASURED = 32 * 1024 * 1024

/** A sender's room is read again each so often (ms): what else they have grows meanwhile. */
const POLL_MS = 1_000

/** Owner of an upload. */
export interface Allowance {
  /** The user it counts for; null: nobody. */
  owner: string | null
  /** Bytes that it and all others that run for them may have together, as things are now. */
  room: () => number
}

/**
 * Receives a body of any size onto the disk, in constant memory. One that breaks off leaves nothing. Throws
 * `unsupported_media_type`, `upload_cut_off`, `disk_full`, `limit_reached`.
 */
export async function receiveUpload(event: H3Event, types: readonly string[], allowance: Allowance): Promise<Upload> {
  const type = (event.req.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
  if (!types.includes(type))
    throw new PanelError(
      'unsupported_media_type',
      415,
      `Send the file itself as the body, with a Content-Type of ${types.join(', ')}`,
    )
  const room = allowance.room()
  if (Number(event.req.headers.get('content-length') ?? 0) > room) throw noRoom(allowance.owner, room)
  await mkdir(directory(), { recursive: true, mode: 0o700 })
  const upload = { id: randomBytes(16).toString('hex'), bytes: 0, owner: allowance.owner }
  try {
    await pipeline(
      bodyOf(event),
      measure(upload, allowance),
      createWriteStream(pathOf(upload.id), { flags: 'wx', mode: 0o600 }),
    )
  } catch (error) {
    await removeUpload(upload)
    throw error instanceof PanelError || isOfDisk(error)
      ? error
      : new PanelError('upload_cut_off', 400, 'The file did not arrive whole, so nothing was changed. Send it again')
  }
  return upload
}

/** The sender's end only ever fails to be read. */
const isOfDisk = (error: unknown): boolean => !['read', undefined].includes((error as NodeJS.ErrnoException).syscall)

const pathOf = (id: string): string => `${directory()}/${id}`

/** Node's own stream, where there is one, spares a copy of every byte. */
const bodyOf = (event: H3Event): Readable =>
  (event.runtime?.node?.req as Readable | undefined) ??
  Readable.fromWeb((event.req.body ?? new ReadableStream()) as never)

function measure(upload: Upload, allowance: Allowance): Transform {
  let next = 0
  let room = allowance.room()
  let looked = performance.now()
  const isTooLarge = (owner: string, bytes: number) => {
    if (performance.now() - looked >= POLL_MS) [room, looked] = [allowance.room(), performance.now()]
    return countUpload(owner, bytes) > room
  }
  const pace = gcPacer()
  const silence = setTimeout(
    () =>
      meter.destroy(
        new PanelError('upload_cut_off', 408, 'Nothing came for a minute, so nothing was changed. Send the file again'),
      ),
    SILENCE_TIMEOUT_MS,
  )
  const meter = new Transform({
    transform(part: Buffer, _encoding, done) {
      silence.refresh()
      upload.bytes += part.length
      pace(part.length)
      if (upload.owner !== null && isTooLarge(upload.owner, part.length)) return done(noRoom(upload.owner, room))
      if (upload.bytes < next) return done(null, part)
      next = upload.bytes + MEASURED
      statfs(directory()).then(({ bavail, bsize }) => done(bavail * bsize < SPARE ? full() : null, part), done)
    },
  })
  meter.on('close', () => clearTimeout(silence))
  return meter
}

const full = () =>
  new PanelError(
    'disk_full',
    507,
    'The disk is nearly full, so the file was refused and nothing was changed. Free some space and try again',
  )

const noRoom = (owner: string | null, room: number) =>
  new PanelError(
    'limit_reached',
    403,
    `${owner} may use ${Math.max(0, Math.floor(room / 1024 / 1024))} MB more of the disk, for all running uploads ` +
      'together. The file is larger, so it was refused and nothing was changed. Ask the administrator for more, ' +
      'or remove something first',
  )

/** Removes an upload; it counts for nobody any more. */
export async function removeUpload(upload: Upload): Promise<void> {
  if (upload.owner !== null) countUpload(upload.owner, -upload.bytes)
  upload.bytes = 0
  if (upload.id) await rm(pathOf(upload.id), { force: true })
}

/**
 * At the panel's start: deletes what the last one had not come to use. What cannot be deleted keeps it from nothing.
 */
export async function deleteUnusedUploads(): Promise<void> {
  for (const name of await readdir(directory()).catch(() => [])) {
    await rm(pathOf(name), { force: true, recursive: true }).catch((error: unknown) =>
      console.error('An upload that nobody needs could not be deleted:', error),
    )
  }
}
