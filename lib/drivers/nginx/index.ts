import type { X509Certificate } from 'node:crypto'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import { attempt } from '../../system/run.ts'
import { keptMemory, testConfiguration, version } from './commands.ts'
import { explainRefusal, type Texts } from './explain.ts'
import { load, stageGeneration } from './load.ts'
import { setAside } from './set-aside.ts'

export { beginLoad, GENERATION, load, stageGeneration, staleness, writeGeneration, writtenGeneration } from './load.ts'
export { answeringMaster, connectionSerial, liveGeneration, masterPid } from './running.ts'

/** [major, minor] of the installed nginx, and whether it speaks HTTP/3. */
export async function installed(): Promise<{ version: [number, number]; http3: boolean }> {
  const { stderr } = await attempt(version())
  const [, major, minor] = /nginx\/(\d+)\.(\d+)/.exec(stderr) ?? []
  return { version: [Number(major ?? 1), Number(minor ?? 18)], http3: stderr.includes('--with-http_v3_module') }
}

/** Reads nginx's complaint about its configuration; null when there is none. */
export async function configurationProblem(): Promise<string | null> {
  const { code, stderr } = await attempt(testConfiguration(), { env: keptMemory })
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

/** Writes a new generation, checks it, and loads it. */
export async function checkAndReload(): Promise<void> {
  const generation = await stageGeneration()
  await checkConfiguration()
  await load(generation)
}
