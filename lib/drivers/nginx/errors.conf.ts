import type { ErrorCode } from '../../model/error-codes.ts'
import { ports } from '../../model/paths.ts'

const written = '# Written by the hosting panel, which puts changes here back.\n'

/** Refusals by nginx itself, which never reach the panel, in the form of the API's; by status. */
const refusals: Record<number, { status: number; code: ErrorCode; message: string }> = {
  400: { status: 400, code: 'bad_request', message: 'This is not a valid HTTP request' },
  405: { status: 405, code: 'method_not_allowed', message: 'This method is not allowed here' },
  413: { status: 413, code: 'too_large', message: 'The body of the request is too large' },
  414: { status: 414, code: 'address_too_long', message: 'The address of the request is too long' },
  429: {
    status: 429,
    code: 'too_many_requests',
    message: 'Too many requests from your address are under way; try again when some have ended',
  },
  494: { status: 431, code: 'headers_too_large', message: 'The headers of the request, or its cookies, are too large' },
  495: { status: 400, code: 'certificate_refused', message: 'The client certificate is refused; send none' },
  496: { status: 400, code: 'certificate_refused', message: 'The client certificate is refused; send none' },
  501: { status: 501, code: 'not_implemented', message: 'This transfer encoding is not supported' },
  505: { status: 505, code: 'version_refused', message: 'This version of HTTP is not supported' },
}

/** Included again wherever a location has error pages of its own, which make it forget these. */
export const renderErrors = (): string => {
  const pages = Object.entries(refusals).map(
    ([on, { status }]) => `error_page ${on} =${status} /.hosting-panel/error/${on};\n`,
  )
  return `${written}${pages.join('')}error_page 497 = /.hosting-panel/error/497;\n`
}

const answer = (status: number, code: ErrorCode, message: string): string => `default_type application/json;
    include snippets/hosting-panel-headers.conf;
    add_header Cache-Control no-store always;
    return ${status} '${JSON.stringify({ code, message })}';`

/**
 * The answers themselves, in the panel's server (HTTP/2 looks at the body's size once more there). Plain http on the
 * port of https redirects a browser; a program gets an error, because it has sent its secrets in clear.
 */
export const renderErrorAnswers = (): string => `${written}${Object.entries(refusals)
  .map(
    ([on, { status, code, message }]) => `location = /.hosting-panel/error/${on} {
    internal;
    client_max_body_size 0;
    ${answer(status, code, message)}
}
`,
  )
  .join('')}location = /.hosting-panel/error/497 {
    internal;
    if ($request_uri !~ ^/api(?:/|$)) {
        return 301 https://$host:${ports.public}$request_uri;
    }
    ${answer(400, 'https_needed', 'Use https: this request crossed the network unencrypted')}
}
`
