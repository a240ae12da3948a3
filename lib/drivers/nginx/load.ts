import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import { inspect, readText, removeFile, writeAtomically } from '../../system/files.ts'
import { signal } from '../../system/kill.ts'
import { attempt } from '../../system/run.ts'
import { startService } from '../systemd/index.ts'
import { logAfter } from './commands.ts'
import { includesSites, sitesLeftOut } from './included.ts'
import { renderGeneration } from './generation.conf.ts'
import { liveGeneration, masterPid, takesConnections, workersOf } from './running.ts'

const errorLog = `${paths.nginxLogs}/error.log`
/** Lies where the sites are included, so that no generation answers for sites that do not. */
export const GENERATION = 'hosting-panel-generation.conf'
const generationFile = `${paths.nginx}/sites-enabled/${GENERATION}`
/** An earlier release had it here. */
const formerGenerationFile = `${paths.nginx}/conf.d/${GENERATION}`

/** How long a new configuration may take to go live, in seconds; a thousand sites need well under one. */
const RELOAD_TIMEOUT_S = 20

/** Writes a new generation into the configuration, so that it can be told apart once it is live. Answers it. */
export async function stageGeneration(): Promise<string> {
  const generation = randomBytes(8).toString('hex')
  await writeGeneration(generation)
  await removeFile(formerGenerationFile)
  return generation
}

export const writeGeneration = (generation: string): Promise<void> =>
  writeAtomically(generationFile, renderGeneration(generation), { uid: 0, gid: 0, mode: 0o644 })

/** The generation on the disk; null when there is none. */
export const writtenGeneration = async (): Promise<string | null> =>
  /return 200 ([0-9a-f]{16});/.exec((await readText(generationFile)) ?? '')?.[1] ?? null

/**
 * Loads the configuration and waits until its generation is the one that answers, and no worker of the old one takes
 * connections. Throws `nginx_reload_failed`.
 */
export async function load(generation: string): Promise<void> {
  const confirm = await beginLoad(generation)
  await confirm()
}

/**
 * Has nginx load the configuration, and waits for new workers. Answers what waits for the rest, as `load` does. Both
 * throw `nginx_reload_failed`.
 */
export async function beginLoad(generation: string): Promise<() => Promise<void>> {
  if (!(await includesSites())) throw new PanelError('nginx_reload_failed', 503, `Nothing was loaded: ${sitesLeftOut}`)
  const master = await masterPid()
  const old = master === null ? [] : workersOf(master)
  const logged = (await inspect(errorLog))?.size ?? 0
  if (master === null) await startStopped()
  else signal(master, 'SIGHUP')
  await follow(logged, () => master === null || workersOf(master).some((pid) => !old.includes(pid)))
  return async () => {
    await follow(logged, async () => (await liveGeneration()) === generation)
    await retire(old, master)
  }
}

/**
 * Waits until no old worker takes connections: they share the sockets. Their master tells them to leave 100 ms after
 * the new ones start; one that has missed it, because it had just started, is told once more.
 */
async function retire(old: readonly number[], master: number | null): Promise<void> {
  const left = (): number[] => old.filter((pid) => takesConnections(pid, master))
  for (let look = 1; look < RELOAD_TIMEOUT_S * 100 && left().length > 0; look++) {
    if (look % 100 === 0) for (const pid of left()) signal(pid, 'SIGQUIT')
    await sleep(10)
  }
}

async function startStopped(): Promise<void> {
  await removeFile(paths.nginxSocket)
  await startService('nginx')
}

/**
 * Looks every 10 ms whether a reload has come so far. An exit code does not tell: out of open files, `nginx -t` and the
 * reload both end with 0 and the old configuration stays. An emergency that nginx logs meanwhile (after the `logged`
 * bytes that were there) says at once that it never will.
 */
async function follow(logged: number, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + RELOAD_TIMEOUT_S * 1000
  for (let look = 1; performance.now() < deadline; look++) {
    if (await isSo()) return
    if (look % 50 === 0 && (await emergencies(logged))) break
    await sleep(10)
  }
  throw new PanelError(
    'nginx_reload_failed',
    503,
    'nginx accepted the configuration but did not load it, so the previous one was restored. Its log says: ' +
      `${(await emergencies(logged)) || 'nothing'}`,
  )
}

/**
 * How the configuration that nginx runs differs from the one on disk, as the end of a sentence; null when it does not.
 * One that is stopped runs none.
 */
export async function staleness(): Promise<string | null> {
  const written = await writtenGeneration()
  if (!written || (await masterPid()) === null || (await liveGeneration()) === written) return null
  return 'runs another configuration than the one on disk'
}

/** The emergencies nginx logged after the first `logged` bytes of its log, three at most. */
async function emergencies(logged: number): Promise<string> {
  const { stdout } = await attempt(logAfter(errorLog, logged))
  return stdout
    .split('\n')
    .filter((line) => /^[\d/]+ [\d:]+ \[emerg\] /.test(line))
    .slice(-3)
    .join(' | ')
}
