import { crc32, deflateSync } from 'node:zlib'
import { site, type Response } from '../../machine/http.ts'
import type { Machine } from '../../machine/machine.ts'

type Fields = Record<string, string>
type Headers = Record<string, string>

export interface Upload {
  field: string
  name: string
  type: string
  content: Buffer
}

/** A browser in short: it keeps cookies, 12 KB of other programs' among them, and sends forms. */
export interface Visitor {
  cookies: Map<string, string>
  get: (path: string, headers?: Headers) => Promise<Response>
  form: (path: string, fields: Fields, headers?: Headers) => Promise<Response>
  json: (method: string, path: string, body: unknown, headers?: Headers) => Promise<Response>
  upload: (path: string, fields: Fields, file: Upload) => Promise<Response>
}

export function visitor(machine: Machine, domain: string): Visitor {
  const cookies = new Map(['seen', 'shown', 'read'].map((name) => [name, name[0]!.repeat(4_000)]))
  const send = async (path: string, call: { method?: string; headers?: Headers; body?: string | Buffer }) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await site(machine, domain, path, { ...call, headers: { cookie, ...call.headers } })
    for (const text of answer.headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(text)!
      cookies.set(name!, value!)
    }
    return answer
  }
  const post = async (path: string, body: FormData | URLSearchParams, headers?: Headers) => {
    const { headers: given, ...request } = encode(body)
    return send(path, {
      method: 'POST',
      headers: { 'content-type': given.get('content-type')!, ...headers },
      body: Buffer.from(await request.body),
    })
  }
  return {
    cookies,
    get: (path, headers) => send(path, { headers }),
    form: (path, fields, headers) => post(path, new URLSearchParams(fields), headers),
    json: (method, path, body, headers) =>
      send(path, { method, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }),
    upload: (path, fields, { field, name, type, content }) => {
      const form = new FormData()
      for (const [key, value] of Object.entries(fields)) form.set(key, value)
      form.set(field, new Blob([new Uint8Array(content)], { type }), name)
      return post(path, form)
    },
  }
}

/** A form as a browser writes it. */
function encode(body: FormData | URLSearchParams): { headers: globalThis.Headers; body: Promise<ArrayBuffer> } {
  const request = new Request('http://localhost', { method: 'POST', body })
  return { headers: request.headers, body: request.arrayBuffer() }
}

/** Hidden fields of a page's forms, which go back with what a person writes into them. */
export function hidden({ body }: Response): Fields {
  const inputs = [...body.matchAll(/<input\b[^>]*>/g)].map(([text]) => text)
  const attribute = (text: string, name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1]
  return Object.fromEntries(
    inputs
      .filter((text) => attribute(text, 'type') === 'hidden' && attribute(text, 'name'))
      .map((text) => [attribute(text, 'name')!, attribute(text, 'value') ?? '']),
  )
}

/** A green picture (PNG), so many pixels wide and high. */
export function picture(size: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const named = Buffer.concat([Buffer.from(type), data])
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    sum.writeUInt32BE(crc32(named))
    return Buffer.concat([length, named, sum])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size)
  header.writeUInt32BE(size, 4)
  header.set([8, 2], 8)
  const line = Buffer.concat([Buffer.from([0]), Buffer.alloc(size * 3, Buffer.from([0, 128, 0]))])
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  const pixels = deflateSync(Buffer.concat(Array.from({ length: size }, () => line)))
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))])
}
