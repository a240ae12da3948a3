import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Run `work` while holding an exclusive lock on a file. The lock is held by a child that waits for
 * our end of its input to close, so it is let go even when this process is killed.
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true })
  const holder = spawn('flock', [file, 'sh', '-c', 'echo locked; cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
  await Promise.race([
    once(holder.stdout, 'data'),
    once(holder, 'close').then(() => Promise.reject(new Error(`could not lock ${file}`))),
  ])
  try {
    return await work()
  } finally {
    const closed = once(holder, 'close')
    holder.stdin.end()
    await closed
  }
}
