import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import * as v from 'valibot'
import { PanelError } from '../errors.ts'
import type { Implementations } from './operations.ts'
import { operations, type Line, type Operation } from './protocol.ts'

/** The largest request in bytes: ten thousand sites fit several times. */
const LIMIT = 16_000_000

/**
 * The agent's side of the protocol: POST /<operation> with JSON, answered by lines of JSON. Whatever is
 * not a known operation with a valid input is refused before anything happens.
 */
export function createAgentServer(implementations: Implementations, onActivity: () => void): Server {
  const server = createServer((request, response) => {
    onActivity()
    void answer(request, response, implementations).finally(onActivity)
  })
  server.headersTimeout = 5_000
  server.requestTimeout = 30_000
  server.maxRequestsPerSocket = 1_000
  return server
}

async function answer(request: IncomingMessage, response: ServerResponse, implementations: Implementations): Promise<void> {
  const write = (line: Line) => response.writable && response.write(`${JSON.stringify(line)}\n`)
  try {
    const operation = operationOf(request)
    const input = v.safeParse(operations[operation].input, await readJson(request))
    if (!input.success) throw new PanelError('invalid_request', 422, `Not a valid ${operation} request`)
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.flushHeaders()
    const implementation = implementations[operation] as (input: unknown, onProgress: unknown) => Promise<unknown>
    write({ result: await implementation(input.output, (progress: never) => write({ progress })) })
  } catch (error) {
    if (!response.headersSent) response.writeHead(error instanceof PanelError ? error.status : 500, { 'content-type': 'application/x-ndjson' })
    write({ error: toFailure(error) })
  } finally {
    response.end()
  }
}

function operationOf(request: IncomingMessage): Operation {
  const name = request.url?.slice(1) ?? ''
  if (request.method !== 'POST' || !Object.hasOwn(operations, name)) {
    request.resume()
    throw new PanelError('unknown_operation', 404, 'The agent has no such operation')
  }
  return name as Operation
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > LIMIT) throw new PanelError('request_too_large', 413, 'The request is too large')
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'))
  } catch {
    throw new PanelError('invalid_request', 400, 'Not JSON')
  }
}

function toFailure(error: unknown) {
  if (error instanceof PanelError) return { code: error.code, status: error.status, message: error.message }
  console.error(error)
  return { code: 'agent_failed', status: 500, message: 'The agent failed; its log says why (journalctl -u hosting-panel-agent)' }
}
