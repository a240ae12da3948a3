import { stat } from 'node:fs/promises'

/** How often it is looked whether a file has changed (ms). */
const POLL_MS = 500

interface Watched {
  listeners: Set<() => void>
  timer: NodeJS.Timeout
  /** The file's number and size when it was last looked at. */
  last: string
}

const files = new Map<string, Watched>()

/** Calls back whenever a file has changed; answers how to end that. However many watch a file, it is looked at once. */
export function watchFile(path: string, listener: () => void): () => void {
  const watched = files.get(path) ?? watch(path)
  watched.listeners.add(listener)
  return () => {
    watched.listeners.delete(listener)
    if (watched.listeners.size > 0 || files.get(path) !== watched) return
    clearInterval(watched.timer)
    files.delete(path)
  }
}

function watch(path: string): Watched {
  const watched: Watched = {
    listeners: new Set(),
    last: '',
    timer: setInterval(() => void look(path, watched), POLL_MS).unref(),
  }
  files.set(path, watched)
  return watched
}

async function look(path: string, watched: Watched): Promise<void> {
  const now = await stat(path).then(
    ({ ino, size }) => `${ino} ${size}`,
    () => '',
  )
  if (now === watched.last) return
  watched.last = now
  for (const listener of watched.listeners) listener()
}
