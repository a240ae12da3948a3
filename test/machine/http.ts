import { existsSync, readFileSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import { join } from 'node:path'
import { withLock } from './_lock.ts'
import { within, type Machine } from './machine.ts'
import { directory } from './_state.ts'

export interface Response<Body = string> {
  status: number
  headers: http.IncomingHttpHeaders
  body: Body
}

interface Call {
  method?: string
  headers?: Record<string, string>
  body?: string | Buffer
}

/** One request, whatever certificate answers. A connection that is cut rejects. */
export function request(url: string, { method = 'GET', headers, body }: Call = {}): Promise<Response> {
  const { protocol, hostname } = new URL(headers?.host ? url.replace(/^(\w+:).*/, `$1//${headers.host}`) : url)
  const secure = { rejectUnauthorized: false, servername: /^[\d.]+$/.test(hostname) ? '' : hostname }
  return new Promise((resolve, reject) => {
    const options = { method, headers, agent: false as const, timeout: 180_000, maxHeaderSize: 65_536 }
    const answered = (message: http.IncomingMessage) => {
      const chunks: Buffer[] = []
      message.on('data', (chunk: Buffer) => chunks.push(chunk))
      message.on('error', reject)
      message.on('end', () =>
        resolve({
          status: message.statusCode!,
          headers: message.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      )
    }
    const sent =
      protocol === 'https:'
        ? https.request(url, { ...options, ...secure }, answered)
        : http.request(url, options, answered)
    sent.on('timeout', () => sent.destroy(new Error(`${method} ${url}: no answer in 3 minutes`)))
    sent.on('error', reject)
    sent.end(body)
  })
}

/** A request to one of the machine's sites, as a visitor's browser sends it. */
export function site(
  machine: Machine,
  domain: string,
  path = '/',
  { scheme = 'http', ...call }: Call & { scheme?: 'http' | 'https' } = {},
): Promise<Response> {
  return request(`${scheme}://${machine.address}${path}`, { ...call, headers: { host: domain, ...call.headers } })
}

/** The panel's own address, as a browser sees it. */
export function panelUrl({ address }: { address: string }): string {
  return `https://${address}:8080`
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of every shape
export type Answer = Response<any>

export interface Api {
  get: (path: string, headers?: Record<string, string>) => Promise<Answer>
  post: (path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>
  patch: (path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>
  delete: (path: string, headers?: Record<string, string>) => Promise<Answer>
  /** Any method, with a body or without. */
  send: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>
}

/** The panel's functions, called with the given cookie or with none. Paths start after `/api`. */
export function client(machine: Machine, cookie?: string): Api {
  const origin = panelUrl(machine)
  const call = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
    const response = await request(`${origin}/api${path}`, {
      method,
      headers: {
        ...(cookie && { cookie }),
        ...(method !== 'GET' && { origin }),
        ...(body !== undefined && {
          'content-type': Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json',
        }),
        ...headers,
      },
      body: body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    })
    const json = response.headers['content-type']?.startsWith('application/json')
    return { ...response, body: json ? (JSON.parse(response.body) as unknown) : response.body }
  }
  return {
    get: (path, headers) => call('GET', path, undefined, headers),
    post: (path, body, headers) => call('POST', path, body, headers),
    patch: (path, body, headers) => call('PATCH', path, body, headers),
    delete: (path, headers) => call('DELETE', path, undefined, headers),
    send: call,
  }
}

/** The administrator every test machine has. */
export const administrator = { username: 'admin', password: 'correct horse battery' }

const sessionFile = ({ name }: Machine): string => join(directory(name), 'session')

/**
 * The panel's functions as its administrator. Set up and signed in once a machine: the session is
 * kept in a file beside it, because sign-ins are limited.
 */
export async function api(machine: Machine): Promise<Api> {
  const file = sessionFile(machine)
  return withLock(`${file}.lock`, async () => {
    await untilAnswered(machine)
    if (existsSync(file)) {
      const kept = client(machine, await readFile(file, 'utf8'))
      if ((await kept.get('/session')).status === 200) return kept
    }
    const cookie = await signIn(machine)
    await writeFile(`${file}.new`, cookie, { mode: 0o600 })
    await rename(`${file}.new`, file)
    await beNeverBanned(client(machine, cookie))
    return client(machine, cookie)
  })
}

/** Waits until the panel answers: the tests before may have ended with a restart of it. */
export const untilAnswered = (machine: Machine): Promise<unknown> =>
  within(60, 'the panel', async () => (await client(machine).get('/setup')).status !== 503 || undefined)

/** The session that the machine's tests share, as it is in its file. */
export const sharedCookie = (machine: Machine): string => readFileSync(sessionFile(machine), 'utf8')

/** Tests sign in wrongly on purpose, all from this host: Fail2ban must not shut it out of the machine. */
async function beNeverBanned(panel: Api): Promise<void> {
  const { status, body } = await panel.patch('/bans/settings', { ignoreMyAddress: true })
  if (status !== 200 && status !== 503) throw new Error(`the ignore list answered ${status}: ${JSON.stringify(body)}`)
}

async function signIn(machine: Machine): Promise<string> {
  const anyone = client(machine)
  if ((await anyone.get('/setup')).body.needed) {
    const { status, body } = await anyone.post('/setup', { token: machine.state.setupToken, ...administrator })
    if (status !== 201) throw new Error(`setup answered ${status}: ${JSON.stringify(body)}`)
  }
  const { status, headers, body } = await anyone.post('/session', administrator)
  const cookie = headers['set-cookie']?.find((value) => value.startsWith('__Host-'))?.split(';')[0]
  if (status !== 200 || !cookie) throw new Error(`sign-in answered ${status}: ${JSON.stringify(body)}`)
  return cookie
}
