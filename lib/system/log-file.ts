import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  mkdirSync,
  openSync,
  chmodSync,
  chownSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** A log is turned over at this size (bytes), and so many old ones are kept. */
const SIZE = 5_000_000
const KEPT = 3

/** A log that never grows beyond (1 + KEPT) times SIZE, whoever writes. */
export interface LogFile {
  append(text: string): void
  close(): void
}

/**
 * Opens a log in a directory of root's for the members of a group to read. What cannot be written is lost: a full disk
 * stops nobody.
 */
export function openLog(path: string, gid: number): LogFile {
  let [descriptor, size] = open(path, gid)
  return {
    append(text) {
      if (size + text.length > SIZE) {
        closeSync(descriptor)
        turnOver(path)
        ;[descriptor, size] = open(path, gid)
      }
      try {
        size += writeSync(descriptor, text)
      } catch {
        // The disk is full, or worse: the app goes on.
      }
    },
    close: () => closeSync(descriptor),
  }
}

function open(path: string, gid: number): [descriptor: number, size: number] {
  if (!existsSync(dirname(path))) {
    mkdirSync(dirname(path), { mode: 0o750 })
    chownSync(dirname(path), 0, gid)
    chmodSync(dirname(path), 0o750)
  }
  const descriptor = openSync(
    path,
    constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW,
    0o640,
  )
  fchownSync(descriptor, 0, gid)
  fchmodSync(descriptor, 0o640)
  return [descriptor, fstatSync(descriptor).size]
}

function turnOver(path: string): void {
  for (let number = KEPT; number >= 1; number--) {
    const from = number === 1 ? path : `${path}.${number - 1}`
    if (existsSync(from)) renameSync(from, `${path}.${number}`)
  }
}
