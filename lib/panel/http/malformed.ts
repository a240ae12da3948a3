import { STATUS_CODES, type Server } from 'node:http'
import type { ErrorCode } from '../../model/error-codes.ts'

const answers: Record<string, [number, ErrorCode, string]> = {
  HPE_HEADER_OVERFLOW: [431, 'headers_too_large', 'The headers of the request are larger than 16 KiB'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request_timeout', 'The request did not arrive in time. Send it again'],
}

/** Answers requests that Node cannot parse (an unknown method, endless headers) in the form of the API. */
export function answerMalformed(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) return void socket.destroy()
    const [status, code, message] = answers[error.code ?? ''] ?? [
      400,
      'bad_request',
      'This is not a valid HTTP request',
    ]
    const body = JSON.stringify({ code, message })
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      'Cache-Control: no-store',
      'X-Content-Type-Options: nosniff',
      'Connection: close',
    ]
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  })
}
