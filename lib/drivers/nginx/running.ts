import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { paths } from '../../model/paths.ts'
import { readText } from '../../system/files.ts'

/** Whether an old worker of a master has not been told to leave yet. */
export function takesConnections(pid: number, master: number | null): boolean {
  try {
    return parentOf(pid) === master && !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('shutting down')
  } catch {
    return false
  }
}

const parentOf = (pid: number): number => Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1])

/** The workers of a master; none when it has ended. */
export function workersOf(master: number): number[] {
  try {
    return readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** The running nginx master, or null. A pid file left by a killed one is not believed. */
export async function masterPid(file = '/run/nginx.pid'): Promise<number | null> {
  // It is renamed while a new master takes over.
  const pid = Number(await readText(file).catch(() => null))
  if (!pid) return null
  const title = await readText(`/proc/${pid}/cmdline`).catch(() => null)
  return title?.startsWith('nginx: master process') ? pid : null
}

/** The generation nginx answers right now; null when it does not. */
export const liveGeneration = (): Promise<string | null> => ask('/generation')

/**
 * The number nginx gives a connection that is made now: those of before have lower ones. Null when it does not answer.
 */
export const connectionSerial = async (): Promise<number | null> => Number(await ask('/connection')) || null

/** The master of the worker that answers right now; null when none does. */
export async function answeringMaster(): Promise<number | null> {
  const worker = Number(await ask('/worker')) || null
  try {
    return worker === null ? null : parentOf(worker)
  } catch {
    // It has ended meanwhile.
    return null
  }
}

function ask(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const call = request({ socketPath: paths.nginxSocket, path, timeout: 1000, agent: false }, (response) => {
      let text = ''
      response
        .setEncoding('utf8')
        .on('data', (part: string) => (text += part))
        .on('end', () => resolve(text))
    })
    call
      .on('timeout', () => call.destroy())
      .on('error', () => resolve(null))
      .end()
  })
}
