import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import * as v from 'valibot'
import { PanelError } from '../model/errors.ts'
import { onBehalfOf, PANEL } from '../model/protocol/caller.ts'
import { callerOf, refuseLate } from '../model/protocol/deadline.ts'
import type { Implementations, Protocol } from '../model/protocol/define.ts'
import type { Line, Progress } from '../model/protocol/messages.ts'
import type { StayFor } from './listen.ts'

/** The largest request in bytes: the specs of all sites, which have 12 MB (lib/panel/sites/spec-room.ts), and more. */
const LIMIT = 16_000_000

/**
 * A root process's side of its protocol: POST /<operation> with JSON, answered by lines of JSON. Whatever is
 * not a known operation with a valid input is refused before anything happens.
 */
export function createRpcServer<P extends Protocol>(
  operations: P,
  implementations: Implementations<P>,
  stayFor: StayFor,
): Server {
  const answer = answerer(operations, implementations, stayFor)
  const server = createServer((request, response) => void answer(request, response))
  server.headersTimeout = 5_000
  server.requestTimeout = 30_000
  server.maxRequestsPerSocket = 1_000
  return server
}

function answerer<P extends Protocol>(operations: P, implementations: Implementations<P>, stayFor: StayFor) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let reason: Parameters<StayFor>[0] = 'look'
    const gone = new AbortController()
    response.on('close', () => !response.writableFinished && gone.abort())
    const write = (line: Line) => response.writable && response.write(`${JSON.stringify(line)}\n`)
    try {
      const operation = operationOf(operations, request)
      const input = v.safeParse(operations[operation]!.input, await readJson(request))
      if (!input.success) throw new PanelError('invalid_request', 422, `Not a valid ${operation} request`)
      const name = callerOf(request.headers) ?? PANEL
      // A person who looks is likely to go on.
      if (name !== PANEL || !operations[operation]!.isLook) reason = 'work'
      stayFor(reason)
      refuseLate(request.headers)
      response.writeHead(200, { 'content-type': 'application/x-ndjson' })
      response.flushHeaders()
      const work = () => implementation(input.output, progressOn(response, write), gone.signal)
      const implementation = implementations[operation] as Implementation
      write({ result: await onBehalfOf({ name, gone: gone.signal }, work) })
    } catch (error) {
      if (!response.headersSent)
        response.writeHead(error instanceof PanelError ? error.status : 500, { 'content-type': 'application/x-ndjson' })
      write({ error: toFailure(error) })
    } finally {
      response.end()
      stayFor(reason)
    }
  }
}

type Implementation = (input: unknown, onProgress: (progress: Progress) => void, gone: AbortSignal) => Promise<unknown>

/** Most progress that waits for a panel that does not read (bytes). */
const UNREAD = 1_000_000

/** Sends progress as long as it is read: above the limit, output of programs is left out, and new steps are not. */
const progressOn = (response: ServerResponse, write: (line: Line) => unknown) => {
  let last = ''
  return (progress: Progress): void => {
    if (response.writableLength > UNREAD && progress.step === last) return
    last = progress.step
    write({ progress })
  }
}

function operationOf(operations: Protocol, request: IncomingMessage): string {
  const name = request.url?.slice(1) ?? ''
  if (request.method !== 'POST' || !Object.hasOwn(operations, name)) {
    request.resume()
    throw new PanelError('unknown_operation', 404, 'There is no such operation')
  }
  return name
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
  const { code, status, message, details } = error instanceof PanelError ? error : unexpected(error)
  return { code, status, message, ...(details && { details }) }
}

function unexpected(error: unknown): PanelError {
  console.error(error)
  return new PanelError(
    'agent_failed',
    500,
    'The server failed to do this; its log says why (journalctl -u hosting-panel-agent -u hosting-panel-supervisor)',
  )
}
