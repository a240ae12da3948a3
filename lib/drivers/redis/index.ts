import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import { isSocketOf } from '../../proc/socket-owner.ts'
import { errorCode } from '../../system/files.ts'
import { passwd } from '../../system/passwd.ts'
import { attempt } from '../../system/run.ts'
import type { RedisFacts } from '../facts.ts'
import { hasSystemd, restartService } from '../systemd/index.ts'
import { administrator } from './acl.conf.ts'
import { administratorPassword, sha256 } from './administrator.ts'
import { connected, SILENT, type Ask } from './client.ts'
import { ping, signIn, version } from './commands.ts'

/** How long Redis may take to answer after a start, in seconds. */
const START_TIMEOUT_S = 10

/** How to read what Redis says. */
const log = (): string => (hasSystemd() ? 'journalctl -u redis-server' : 'grep redis-server /var/log/syslog')

export const isInstalled = (): boolean => existsSync('/usr/bin/redis-server')

let known: RedisFacts['version'] | undefined

async function installedVersion(): Promise<RedisFacts['version']> {
  const [, major, minor] = /v=(\d+)\.(\d+)/.exec((await attempt(version())).stdout) ?? []
  return [Number(major ?? 6), Number(minor ?? 0)]
}

/** Reads the facts that the renderers need of Redis; null when it is not installed. */
export async function readRedisFacts(): Promise<RedisFacts | null> {
  const password = await administratorPassword()
  if (!isInstalled() || !password) return null
  known ??= await installedVersion()
  return { version: known, administrator: sha256(password) }
}

/**
 * Works on a connection of the panel's own user. Throws `redis_missing`, `redis_down`, `redis_foreign`, `redis_failed`.
 */
export async function asAdministrator<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
  if (!isInstalled())
    throw new PanelError(
      'redis_missing',
      503,
      'Redis is not installed on this server. Install the package redis-server, then run the panel’s installer again',
    )
  const password = (await administratorPassword()) ?? ''
  if (existsSync(paths.redisSocket) && !isSocketOf(paths.redisSocket, passwd.uid('redis'))) {
    throw new PanelError(
      'redis_foreign',
      503,
      `${paths.redisSocket} does not belong to Redis, so no password was sent ` +
        `to it. See its owner: ls -ld ${dirname(paths.redisSocket)} ${paths.redisSocket}`,
    )
  }
  try {
    return await connected(paths.redisSocket, async (ask) => {
      await ask(signIn(administrator, password))
      return work(ask)
    })
  } catch (error) {
    throw explain(error)
  }
}

function explain(error: unknown): unknown {
  if (error instanceof PanelError) return error
  const text = error instanceof Error ? error.message : String(error)
  if (/^(?:WRONGPASS|NOPERM|NOAUTH|ERR AUTH|ERR wrong number)/.test(text)) {
    return new PanelError(
      'redis_foreign',
      503,
      'Redis runs with other settings than the panel’s, so sites cannot use it as they should. Press “Undo these ' +
        'changes” on the Server page',
    )
  }
  if (errorCode(error) === undefined) return new PanelError('redis_failed', 503, `Redis could not do this: ${text}`)
  const start = hasSystemd() ? 'systemctl start redis-server' : 'service redis-server start'
  return new PanelError(
    'redis_down',
    503,
    `Redis does not run, so sites have no object cache. Start it with: ${start}; its log is: ${log()}`,
  )
}

/** State of a Redis that runs. `busy`: a script takes so long that others are refused; `silent`: it says nothing. */
export type State = 'well' | 'busy' | 'silent'

/** Asks how Redis is; throws as asAdministrator does. */
export async function stateOf(): Promise<State> {
  try {
    const answer = await asAdministrator((ask) => ask(ping()).catch((error: Error) => error.message))
    return /^BUSY /.test(String(answer)) ? 'busy' : 'well'
  } catch (error) {
    if (error instanceof PanelError && error.message.includes(SILENT)) return 'silent'
    throw error
  }
}

/** Starts Redis anew with the settings on disk and waits for its answer. Throws `redis_check_failed`. */
export async function restart(): Promise<void> {
  try {
    await restartService('redis-server', 60)
    await untilUp()
  } catch (error) {
    throw new PanelError(
      'redis_check_failed',
      503,
      `Redis does not start with the new settings, so the previous ones were restored. Its log is: ${log()} ` +
        `(${error instanceof Error ? error.message : String(error)})`,
    )
  }
}

async function untilUp(): Promise<void> {
  for (const deadline = performance.now() + START_TIMEOUT_S * 1000; ;) {
    try {
      await asAdministrator((ask) => ask(ping()))
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
      await sleep(50)
    }
  }
}
