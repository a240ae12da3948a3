import { lstatSync } from 'node:fs'
import { dirname } from 'node:path'

/** Bits of a mode that let the group or others make files in a directory. */
const FOREIGN_WRITE = 0o022

/**
 * Whether a socket is `uid`'s, and nobody but root and `uid` could have put it there. Node does not tell who is at the
 * other end, so the directory has to prove it: the path is looked at before a secret is sent there.
 */
export function isSocketOf(path: string, uid: number): boolean {
  try {
    const [socket, directory, parent] = [path, dirname(path), dirname(dirname(path))].map((name) => lstatSync(name))
    const closed = [directory!, parent!].every(
      (each) => each.isDirectory() && [0, uid].includes(each.uid) && (each.mode & FOREIGN_WRITE) === 0,
    )
    return closed && socket!.isSocket() && socket!.uid === uid
  } catch {
    return false
  }
}
