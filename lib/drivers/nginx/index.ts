import { randomBytes, type X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import { inspect, readText, removeFile, writeAtomically } from '../../system/files.ts'
import { signal } from '../../system/kill.ts'
import { attempt } from '../../system/run.ts'
import { startService } from '../systemd/index.ts'
import { logAfter, testConfiguration, version } from './commands.ts'
import { explainRefusal, type Texts } from './explain.ts'
import { renderGeneration } from './server.conf.ts'
import { setAside } from './set-aside.ts'

const errorLog = `${paths.nginxLogs}/error.log`
const generationFile = `${paths.nginx}/conf.d/hosting-panel-generation.conf`

/** How long a new configuration may take to go live, in seconds; a thousand sites need well under one. */
const RELOAD_TIMEOUT_S = 20

/** [major, minor] of the installed nginx, and whether it speaks HTTP/3. */
export async function installed(): Promise<{ version: [number, number]; http3: boolean }> {
  const { stderr } = await attempt(version())
  const [, major, minor] = /nginx\/(\d+)\.(\d+)/.exec(stderr) ?? []
  return { version: [Number(major ?? 1), Number(minor ?? 18)], http3: stderr.includes('--with-http_v3_module') }
}

/** Reads nginx's complaint about its configuration; null when there is none. */
export async function configurationProblem(): Promise<string | null> {
  const { code, stderr } = await attempt(testConfiguration())
  return code === 0 ? null : stderr.trim()
}

/** Puts the self-signed certificate where one is missing or damaged. Answers whether anything was done. */
export const repairCertificates = async (): Promise<boolean> =>
  (await attempt([paths.repairCertificates])).stdout.trim() !== ''

/** Makes the self-signed certificate when there is none, and anew in its last month. Answers whether it did. */
export const renewSelfSigned = async (): Promise<boolean> =>
  (await attempt([paths.repairCertificates, 'self-signed'])).stdout.trim() !== ''

/** The certificate nginx gives who asks it for a name; null when it gives none. */
export async function servedCertificate(name: string, port: number): Promise<X509Certificate | null> {
  const { connect } = await import('node:tls')
  return new Promise((resolve) => {
    const socket = connect(
      { host: '127.0.0.1', port, servername: name, rejectUnauthorized: false, timeout: 5_000 },
      () => {
        resolve(socket.getPeerX509Certificate() ?? null)
        socket.destroy()
      },
    )
    socket
      .on('timeout', () => socket.destroy())
      .on('error', () => resolve(null))
      .on('close', () => resolve(null))
  })
}

/** Writes a new generation into the configuration, so that it can be told apart once it is live. Answers it. */
export async function stageGeneration(): Promise<string> {
  const generation = randomBytes(8).toString('hex')
  await writeAtomically(generationFile, renderGeneration(generation), { uid: 0, gid: 0, mode: 0o644 })
  return generation
}

/**
 * Throws PanelError `nginx_check_failed` when nginx refuses the configuration on disk. Missing certificates are
 * replaced first. Refused own directives are replaced by the last accepted ones, unless this change sets them
 * (`texts`): `directives_refused`.
 */
export async function checkConfiguration(texts: Texts = new Map()): Promise<void> {
  const first = await configurationProblem()
  const second =
    first && /certificate|SSL_CTX/.test(first) && (await repairCertificates()) ? await configurationProblem() : first
  const problem = second && (await setAside(configurationProblem, [...texts.keys()]))
  if (problem) throw refusal(problem, texts)
}

function refusal(problem: string, texts: Texts): PanelError {
  const message = explainRefusal(problem, texts)
  return message
    ? new PanelError('directives_refused', 422, `nginx refuses the directives, so nothing was changed: ${message}`, {
        issues: [{ path: 'text', message }],
      })
    : new PanelError(
        'nginx_check_failed',
        422,
        `nginx refuses the new configuration, so the previous one was restored: ${problem}`,
      )
}

/**
 * Loads the configuration and waits until its generation is the one that answers and, unless told that a
 * moment more does not matter, no worker of the old one takes connections. Throws `nginx_reload_failed`.
 */
export async function load(generation: string, exclusive = true): Promise<void> {
  const master = await masterPid()
  const retiring = master === null ? [] : workersOf(master)
  const logged = (await inspect(errorLog))?.size ?? 0
  if (master === null) await startStopped()
  else signal(master, 'SIGHUP')
  await untilLive(generation, logged)
  if (exclusive) await untilRetired(retiring, master)
}

/** All three, one after the other. */
export async function checkAndReload(): Promise<void> {
  const generation = await stageGeneration()
  await checkConfiguration()
  await load(generation)
}

async function startStopped(): Promise<void> {
  await removeFile(paths.nginxSocket)
  await startService('nginx')
}

/**
 * An exit code does not tell: out of open files, `nginx -t` and the reload both end with 0 and the old
 * configuration stays. Only the generation that answers does; an emergency that nginx logs meanwhile
 * (after the `logged` bytes that were there) says at once that it never will.
 */
async function untilLive(generation: string, logged: number): Promise<void> {
  const deadline = Date.now() + RELOAD_TIMEOUT_S * 1000
  for (let look = 1; Date.now() < deadline; look++) {
    if ((await liveGeneration()) === generation) return
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

/** Old workers share the listening sockets until they are told to leave, ~100 ms after the new ones start. */
async function untilRetired(workers: readonly number[], master: number | null): Promise<void> {
  const deadline = Date.now() + RELOAD_TIMEOUT_S * 1000
  while (Date.now() < deadline && workers.some((pid) => takesConnections(pid, master))) await sleep(10)
}

function takesConnections(pid: number, master: number | null): boolean {
  try {
    return parentOf(pid) === master && !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('shutting down')
  } catch {
    return false
  }
}

const parentOf = (pid: number): number => Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1])

function workersOf(master: number): number[] {
  return readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
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

/** The emergencies nginx logged after the first `logged` bytes of its log, three at most. */
async function emergencies(logged: number): Promise<string> {
  const { stdout } = await attempt(logAfter(errorLog, logged))
  return stdout
    .split('\n')
    .filter((line) => /^[\d/]+ [\d:]+ \[emerg\] /.test(line))
    .slice(-3)
    .join(' | ')
}
