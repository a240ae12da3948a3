import { setTimeout as sleep } from 'node:timers/promises'
import { client, type Api } from '../machine/http.ts'
import type { Machine } from '../machine/machine.ts'
import type { Random } from '../machine/random.ts'

/** Refusals that valid changes may meet when several change at once; each is documented by its code. */
const refusals = [
  'site_busy',
  'database_busy',
  'app_busy',
  'certificate_busy',
  'firewall_waits',
  'limit_reached',
  'too_many_requests',
  'cancelled',
  'invalid_input',
  'site_disabled',
  'domain_taken',
  'database_exists',
  'user_exists',
  'username_taken',
  'rule_exists',
  'site_not_found',
  'database_not_found',
  'user_not_found',
  'token_not_found',
  'dump_not_found',
  'rule_not_found',
  'not_banned',
  'certificate_missing',
  'certificate_invalid',
  'not_an_app',
  'not_a_php_site',
  'redis_off',
  'page_cache_off',
  'hsts_on',
  'app_missing',
  'app_invalid',
  'app_not_prepared',
  'user_has_sites',
  'user_has_databases',
  'jail_not_available',
  'jail_not_running',
  'already_banned',
  'job_not_found',
  'database_missing',
  'account_missing',
]

/** Codes that a change may get while a daemon is dead, restarts, or has no disk; or after its work was cut off. */
const outages = [
  'agent_lost',
  'agent_unreachable',
  'agent_busy',
  'supervisor_lost',
  'supervisor_unreachable',
  'panel_starting',
  'mariadb_down',
  'mariadb_busy',
  'mariadb_restart_failed',
  'mariadb_full',
  'mariadb_read_only',
  'redis_down',
  'redis_failed',
  'fail2ban_down',
  'fail2ban_reload_failed',
  'ban_not_live',
  'nginx_reload_failed',
  'nginx_check_failed',
  'php_check_failed',
  'disk_full',
  'read_only',
  'app_failed',
  'install_failed',
  'dump_failed',
  'import_failed',
  'upload_cut_off',
  'accounts_locked',
  'certificate_not_served',
  'not_put_back',
  'no_free_port',
  'interrupted',
  'change_pending',
  'outcome_unknown',
  'deadline_passed',
]

/** State of each site and database as a client was surely told; unknown once an answer was cut off. */
export type Told = Map<string, 'there' | 'gone' | 'unknown'>

export interface Answer {
  status: number
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are of every shape
  body: any
  headers: Record<string, string | string[] | undefined>
}

/** Somebody who changes things: their calls, and what came of them. */
export interface Client {
  name: string
  /** Ending of the names of their sites. */
  zone: string
  role: 'admin' | 'user'
  random: Random
  told: Told
  call: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>
  /** Long work: begun, and followed to its end. Answers its result, or null when it did not come to a good one. */
  work: (method: string, path: string, body?: unknown) => Promise<Answer | null>
}

/** Results of all clients together. */
export interface Met {
  calls: number
  codes: Record<string, number>
  faults: string[]
}

/** So long (s) may work take that was cut off in between. */
const WORK_TIMEOUT_S = 240

const isGood = ({ status }: Answer): boolean => status < 300

/** Counts an answer, and notes what no answer may be. */
function judge(met: Met, what: string, { status, body }: Answer): void {
  const code = (body as { code?: string } | undefined)?.code ?? String(status)
  const key = status < 300 ? 'good' : code
  met.codes[key] = (met.codes[key] ?? 0) + 1
  if (status < 300) return
  const fits =
    status < 500 ? refusals.includes(code) || outages.includes(code) : status !== 500 && outages.includes(code)
  if (!fits) met.faults.push(`${what} answers ${status} ${JSON.stringify(body).slice(0, 400)}`)
}

export function newClient(
  machine: Machine,
  met: Met,
  options: Pick<Client, 'name' | 'zone' | 'role' | 'random'>,
  api: { cookie?: string; token?: string },
): Client {
  const panel: Api = client(machine, api.cookie)
  const own: Record<string, string> = api.token ? { authorization: `Bearer ${api.token}` } : {}
  const call: Client['call'] = async (method, path, body, headers) => {
    met.calls++
    const what =
      `${options.name}: ${method} ${path} ` +
      `${Buffer.isBuffer(body) ? '(a file)' : JSON.stringify(body ?? null).slice(0, 300)}`
    try {
      const answer = (await panel.send(method, path, body, { ...own, ...headers })) as Answer
      judge(met, what, answer)
      return answer
    } catch (error) {
      // A killed nginx or panel cuts its connections; what never answers at all is a fault.
      const { message } = error as Error
      const key = /no answer in/.test(message) ? 'no answer' : 'cut off'
      met.codes[key] = (met.codes[key] ?? 0) + 1
      if (key === 'no answer') met.faults.push(`${what}: ${message}`)
      await sleep(300)
      return { status: 0, body: null, headers: {} }
    }
  }
  const work: Client['work'] = async (method, path, body) => {
    const begun = await call(method, path, body)
    if (begun.status !== 202) return isGood(begun) && begun.status !== 0 ? begun : null
    const id = (begun.body as { job: string }).job
    for (const end = Date.now() + WORK_TIMEOUT_S * 1000; Date.now() < end; await sleep(500)) {
      const { status, body: job } = await call('GET', `/jobs/${id}`)
      if (status !== 200 || job.state === 'running') continue
      if (job.error && !refusals.includes(job.error.code) && !outages.includes(job.error.code)) {
        met.faults.push(`${options.name}: ${method} ${path} ended with ${JSON.stringify(job.error).slice(0, 400)}`)
      }
      // Work that was cut off may be ended by the panel's next start, or taken back.
      return {
        status: job.state === 'done' ? 200 : refusals.includes(job.error?.code) ? 409 : 0,
        body: job,
        headers: {},
      }
    }
    met.faults.push(`${options.name}: ${method} ${path}: the job does not end in ${WORK_TIMEOUT_S} s`)
    return null
  }
  return { ...options, told: new Map(), call, work }
}

/**
 * Notes what an answer says of a thing: a good one for certain, a refusal nothing new, and one that was cut off
 * neither.
 */
export function tell({ told }: Client, thing: string, answer: Answer | null, then: 'there' | 'gone'): void {
  if (answer && answer.status >= 200 && answer.status < 300) told.set(thing, then)
  else if (!answer || answer.status === 0 || answer.status >= 500) told.set(thing, 'unknown')
}
