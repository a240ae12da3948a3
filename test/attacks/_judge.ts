import http from 'node:http'
import https from 'node:https'
import { posix } from 'node:path'
import Ajv from 'ajv/dist/2020.js'
import type { Input } from './_fuzz.ts'

export interface Answer {
  status: number
  headers: http.IncomingHttpHeaders
  text: string
}

export interface Sender {
  /** `https://10.77.0.2:8080`. */
  origin: string
  agent: http.Agent | https.Agent
  /** Proof of identity: a cookie, a token, or nothing. */
  headers: Record<string, string>
}

/** A sender with connections that stay; whatever certificate answers. */
export const newSender = (origin: string, headers: Record<string, string> = {}): Sender => ({
  origin,
  headers,
  agent: origin.startsWith('https:')
    ? new https.Agent({ keepAlive: true, rejectUnauthorized: false })
    : new http.Agent({ keepAlive: true }),
})

/** No answer takes longer (ms), on a slow machine either. */
const ANSWER_TIMEOUT_MS = 120_000
/** The beginning of an answer says enough. */
const MOST = 400_000

/** Sends an input as it is. Of a stream without an end only the beginning is read. */
export function send(
  { origin, agent, headers }: Sender,
  { method, path, headers: own, body, operation }: Input,
  again = true,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { request } = origin.startsWith('https:') ? https : http
    const { hostname, port } = new URL(origin)
    const length: Record<string, number> = body ? { 'content-length': body.length } : {}
    // Given apart from an address: URL would correct a path that is to be sent as it is.
    const sent = request(
      {
        hostname,
        port,
        path,
        method,
        agent,
        timeout: ANSWER_TIMEOUT_MS,
        headers: { origin, ...headers, ...own, ...length },
      },
      (message) => {
        let text = ''
        const done = () => resolve({ status: message.statusCode!, headers: message.headers, text })
        message.setEncoding('utf8').on('data', (part: string) => {
          text += part
          if (text.length < MOST) return
          done()
          message.destroy()
        })
        message.on('end', done).on('error', reject)
        if (operation.stream && message.statusCode === 200) {
          done()
          message.destroy()
        }
      },
    )
    sent.on('timeout', () => sent.destroy(new Error(`no answer in ${ANSWER_TIMEOUT_MS / 1000} s`)))
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // A connection that waited may have been closed by the other side meanwhile, as HTTP allows.
      if (again && sent.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code!))
        send({ origin, agent, headers }, { method, path, headers: own, body, operation }, false).then(resolve, reject)
      else reject(error)
    })
    sent.end(body ?? undefined)
  })
}

const ajv = new Ajv.Ajv2020({ strict: false, validateFormats: false })
const inner = /\n\s+at |node_modules|SQLITE_|\/opt\/hosting-panel\/releases|TypeError|ReferenceError|undefined is not/

/** An address as nginx and the panel read it: `.` and `..` lead elsewhere, also to files, or to another operation. */
function leadsTo(path: string): string {
  const [address] = path.split('?')
  try {
    return posix.normalize(decodeURIComponent(address!))
  } catch {
    return address!
  }
}

const hasDots = (path: string): boolean =>
  /(?:^|\/)\.{1,2}(?:\/|$)/.test(path.split('?')[0]!.replaceAll(/%2e/gi, '.').replaceAll(/%2f/gi, '/'))

/** Finds the fault of an answer to any request; null when there is none. */
export function faultOf({ operation, method, path }: Input, { status, headers, text }: Answer): string | null {
  const type = headers['content-type'] ?? ''
  if (status >= 500 || status < 200 || (status >= 300 && status < 400))
    return `answers ${status}: ${text.slice(0, 200)}`
  if (method === 'HEAD' || !leadsTo(path).startsWith('/api/')) return null
  if (status >= 400) return faultOfRefusal(status, type, text)
  if (status === 204) return text === '' ? null : '204 with a body'
  if (method !== operation.method || hasDots(path)) return null
  return faultOfGood(operation.answers[status], type, text)
}

function faultOfRefusal(status: number, type: string, text: string): string | null {
  if (!type.startsWith('application/json')) return `${status} as ${type || 'nothing'}: ${text.slice(0, 120)}`
  const value = parsed(text) as Record<string, unknown> | undefined
  if (typeof value?.code !== 'string' || !/^[a-z][a-z0-9_]+$/.test(value.code))
    return `an error without a code: ${text.slice(0, 120)}`
  if (typeof value.message !== 'string' || value.message === '')
    return `an error without a message: ${text.slice(0, 120)}`
  const more = Object.keys(value).filter((key) => !['code', 'message', 'details'].includes(key))
  if (more.length > 0) return `an error with ${more.join()}`
  if (/received "/i.test(value.message)) return `repeats what was sent: ${value.message.slice(0, 120)}`
  return inner.test(text) ? `tells of its inside: ${text.slice(0, 300)}` : null
}

/** A good answer is what OpenAPI says of it. */
function faultOfGood(
  content: Record<string, { schema: object }> | undefined,
  type: string,
  text: string,
): string | null {
  const name = type.split(';')[0]!
  if (!content?.[name]) {
    return content &&
      Object.keys(content).length > 0 &&
      !content['application/sql'] &&
      !content['application/octet-stream']
      ? `answers ${name}, not ${Object.keys(content).join()}`
      : null
  }
  if (name !== 'application/json' || text.length >= MOST) return null
  const value = parsed(text)
  if (value === undefined) return `no JSON: ${text.slice(0, 120)}`
  return ajv.validate(content[name].schema, value) ? null : `differs from OpenAPI: ${ajv.errorsText().slice(0, 200)}`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export interface Tally {
  sent: number
  /** How often each status came. */
  statuses: Record<string, number>
  faults: string[]
}

/** How a fault is told: with all that is needed to send it again. */
const told = (at: number, { method, path, body }: Input, fault: string): string =>
  `#${at} ${method} ${path.slice(0, 300)} ${body ? JSON.stringify(body.subarray(0, 300).toString()) : ''}\n    ${fault}`

/**
 * Sends inputs 0 to `count`, a few at once, and judges every answer. An input that met the limit of calls a minute has
 * shown nothing: it is sent again once `onLimit` has made room, and nothing is sent meanwhile.
 */
export async function flood(
  sender: Sender,
  input: (at: number) => Input,
  count: number,
  onLimit: () => Promise<unknown>,
): Promise<Tally> {
  const tally: Tally = { sent: 0, statuses: {}, faults: [] }
  const underWay = new Set<Promise<unknown>>()
  let next = 0
  let room: Promise<unknown> = Promise.resolve()
  let isFull = false
  const sendInTurn = async (one: Input): Promise<Answer> => {
    for (let seen; seen !== room;) await (seen = room)
    const answer = send(sender, one)
    const ended: Promise<unknown> = answer.catch(() => undefined).finally(() => underWay.delete(ended))
    underWay.add(ended)
    return answer
  }
  /** Once all that is under way is answered: what makes room may cut connections. */
  const makeRoom = (): Promise<unknown> => {
    if (isFull) return room
    isFull = true
    return (room = Promise.all(underWay)
      .then(onLimit)
      .finally(() => (isFull = false)))
  }
  const answered = async (one: Input, tries = 5): Promise<Answer> => {
    const answer = await sendInTurn(one)
    if (answer.status !== 429 || tries === 0 || !answer.text.includes('"too_many_requests"')) return answer
    await makeRoom()
    return answered(one, tries - 1)
  }
  const lane = async () => {
    for (let at = next++; at < count; at = next++) {
      const one = input(at)
      const fault = await answered(one).then(
        (answer) => {
          tally.statuses[answer.status] = (tally.statuses[answer.status] ?? 0) + 1
          return faultOf(one, answer)
        },
        (error: Error) => `no answer: ${error.message}`,
      )
      tally.sent++
      if (fault && tally.faults.length < 50) tally.faults.push(told(at, one, fault))
    }
  }
  await Promise.all(Array.from({ length: 4 }, lane))
  sender.agent.destroy()
  return tally
}
