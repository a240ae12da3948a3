import type { BodyOf, Operation, ParamsOf, QueryOf, ReturnOf } from '../../../functions/types.ts'
import type { Change } from '../../../lib/model/protocol/change.ts'

export type { Change }
export type Site = ReturnOf<'GET /api/sites/{site}'>
export type NewSite = BodyOf<'POST /api/sites'>
export type SiteChanges = BodyOf<'PATCH /api/sites/{site}'>
export type App = ReturnOf<'GET /api/sites/{site}/app'>
export type AppChanges = BodyOf<'PATCH /api/sites/{site}/app'>
export type Firewall = ReturnOf<'GET /api/firewall/rules'>
export type NewFirewallRule = BodyOf<'POST /api/firewall/rules'>
export type UserChanges = BodyOf<'PATCH /api/users/{user}'>
export type Job = ReturnOf<'GET /api/jobs/{job}'>
export type PhpVersions = ReturnOf<'GET /api/php/versions'>['versions']
export type NodeVersions = ReturnOf<'GET /api/node/versions'>['versions']
export type Certificate = ReturnOf<'GET /api/sites/{site}/certificate'>
export type CertificateRequest = BodyOf<'POST /api/sites/{site}/certificate'>
export type CustomCertificate = BodyOf<'PUT /api/sites/{site}/certificate'>
export type CertificateOverview = ReturnOf<'GET /api/certificates'>['certificates'][number]
export type DnsProvider = ReturnOf<'GET /api/dns-providers'>['providers'][number]
export type Alert = ReturnOf<'GET /api/alerts'>['alerts'][number]
export type ServerSettings = ReturnOf<'GET /api/settings'>

export type Ban = ReturnOf<'GET /api/bans'>['bans'][number]
export type Jail = ReturnOf<'GET /api/bans/jails'>['jails'][number]
export type BanSettings = ReturnOf<'GET /api/bans/settings'>

export type Cache = ReturnOf<'GET /api/sites/{site}/cache'>
export type CacheChanges = BodyOf<'PUT /api/sites/{site}/cache'>
export type Mail = ReturnOf<'GET /api/sites/{site}/mail'>
export type MailChanges = BodyOf<'PATCH /api/sites/{site}/mail'>
export type SiteDirectives = ReturnOf<'GET /api/sites/{site}/directives'>
export type Database = ReturnOf<'GET /api/databases'>[number]
export type DatabaseDetails = ReturnOf<'GET /api/databases/{db}'>
export type DatabaseTable = NonNullable<DatabaseDetails['tables']>[number]
export type DatabaseUser = DatabaseDetails['users'][number]
export type Connection = DatabaseUser['connection']
export type NewDatabase = BodyOf<'POST /api/databases'>
export type Query = ReturnOf<'GET /api/databases/{db}/queries'>[number]
export type Dump = ReturnOf<'GET /api/dumps'>[number]

export interface Issue {
  path: string
  message: string
}

/** Refusal of the panel, in its words. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly issues: Issue[]

  constructor(status: number, body: { code?: string; message?: string; details?: { issues?: Issue[] } }) {
    super(body.message ?? 'The panel did not answer. Is the server reachable?')
    this.status = status
    this.code = body.code ?? 'unreachable'
    this.issues = body.details?.issues ?? []
  }
}

interface Options<K extends Operation> {
  params?: ParamsOf<K>
  query?: QueryOf<K>
  body?: BodyOf<K>
}

interface Sent {
  params?: unknown
  query?: unknown
  body?: unknown
}

let onSignedOut = (): void => {}

/** Called when a call finds that nobody is signed in any more. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener
}

/** How long to wait before asking again (ms). */
const RETRY_MS = 500

const later = <T>(work: () => Promise<T>): Promise<T> =>
  new Promise<void>((resolve) => setTimeout(resolve, RETRY_MS)).then(work)

async function send(operation: string, { params, query, body }: Sent): Promise<unknown> {
  const [method, template] = operation.split(' ') as [string, string]
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent((params as Record<string, string>)[name]!),
  )
  const search = query ? `?${new URLSearchParams(query as Record<string, string>).toString()}` : ''
  const ask = () =>
    fetch(path + search, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    }).catch(() => null)
  // Reloading nginx may cut a connection; what only reads may be asked again.
  const response = (await ask()) ?? (method === 'GET' ? await later(ask) : null)
  const answer: unknown = response?.headers.get('content-type')?.startsWith('application/json')
    ? await response.json()
    : undefined
  if (response?.ok) return answer
  const error = new ApiError(response?.status ?? 0, (answer ?? {}) as object)
  if (error.code === 'not_signed_in' && operation !== 'GET /api/session') onSignedOut()
  throw error
}

/** Calls a function of the panel; its types come from the function's own declaration. */
export const api = <K extends Operation>(operation: K, options: Options<K> = {}): Promise<ReturnOf<K>> =>
  send(operation, options) as Promise<ReturnOf<K>>

/** Changes that a call would make on the server. */
export async function plan<K extends Operation>(operation: K, options: Options<K> = {}): Promise<Change[]> {
  const query = { ...(options.query as object), plan: 'true' }
  return ((await send(operation, { ...options, query })) as { changes: Change[] }).changes
}

/** Starts long work; answers the job's id. */
export async function start<K extends Operation>(operation: K, options: Options<K> = {}): Promise<string> {
  return ((await send(operation, options)) as { job: string }).job
}
