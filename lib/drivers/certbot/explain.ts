import type { ErrorCode } from '../../model/error-codes.ts'
import { PanelError } from '../../model/errors.ts'

/** Traces of a failed certbot: its output, and its log, which alone has the authority's own words. */
export interface Failure {
  code: number
  output: string
  log: string
  server: string
  /** The server's clock. */
  now: Date
}

/** RFC 8555, 6.7: the kinds of an authority's refusals that people can do something about. */
const refusals: Record<string, string> = {
  rateLimited: 'The authority’s limit is reached',
  unauthorized: 'The authority did not find the proof it asked for',
  connection: 'The authority could not connect to this server',
  dns: 'The authority could not look the name up',
  caa: 'A CAA record of the domain forbids this authority; add one that allows it',
  rejectedIdentifier: 'The authority gives no certificate for such a name',
  badCSR: 'The authority refuses the request',
  serverInternal: 'The authority has a fault of its own; try again later',
  externalAccountRequired: 'The authority wants an account made on its web page first',
  invalidContact: 'The authority refuses the e-mail address in the settings',
  unsupportedContact: 'The authority refuses the e-mail address in the settings',
  badNonce: 'The authority has a fault of its own (it refused its own nonces); try again later',
}

const CODES: Record<string, ErrorCode> = {
  rateLimited: 'rate_limited',
  dns: 'dns_failed',
  connection: 'challenge_failed',
  unauthorized: 'challenge_failed',
  caa: 'caa_forbids',
}

/** Tells why it failed and what to do about it. certbot's own sentence is often only "Some challenges have failed". */
export function explain(failure: Failure): PanelError {
  const { code, output, log, server } = failure
  // An authority that has looked was reached; its words quote a site's page, which may say anything.
  const challenge = challengeIn(output)
  if (challenge) return refused(challenge, server)
  const text = `${output}\n${log}`
  const cause = localCause(failure, text)
  if (cause) return cause
  const refusal = refusalIn(text)
  if (refusal) return refused(refusal, server)
  const words = lastWords(output) || 'it said nothing'
  return (
    remoteCause(failure, text) ?? new PanelError('certbot_failed', 502, `certbot failed (exit code ${code}): ${words}`)
  )
}

/** A cause on this server; null when it is none. */
function localCause({ code, now }: Failure, text: string): PanelError | null {
  if (/No space left on device/.test(text)) {
    return new PanelError(
      'disk_full',
      507,
      'The disk is full, so certbot could not work. Free some space and try again',
    )
  }
  if (code === 127) {
    return new PanelError('certbot_missing', 503, 'certbot is not installed on this server; run the installer again')
  }
  if (!/certificate is not yet valid|certificate has expired|SystemTimeWarning/.test(text)) return null
  const time = now.toISOString().slice(0, 16).replace('T', ' ')
  const advice = 'authority’s own certificate is not valid. Correct the clock: timedatectl set-ntp true'
  return new PanelError('clock_wrong', 503, `This server’s clock says ${time} UTC, and at that time the ${advice}`)
}

const unreachable = [
  'Connection refused',
  'Max retries exceeded',
  'timed out',
  'Name or service not known',
  'Temporary failure in name resolution',
  'Requesting .*: ',
]

/** A cause between this server and the authority, or the end of certbot; null when it is none. */
function remoteCause({ code, output, server }: Failure, text: string): PanelError | null {
  if (/CERTIFICATE_VERIFY_FAILED/.test(text)) {
    const advice = 'If it is an authority of your own, name its certificate in the settings (acme.caFile)'
    return new PanelError(
      'authority_untrusted',
      502,
      `The certificate of ${server} itself is not trusted here. ${advice}`,
    )
  }
  if (new RegExp(unreachable.join('|')).test(text)) {
    const advice = 'Is it reachable, and does the firewall let connections out?'
    return new PanelError('authority_unreachable', 502, `${server} does not answer this server. ${advice}`)
  }
  if (code !== 137 && !/ended by SIG|Killed/.test(output)) return null
  const advice = 'nothing was changed. Try again'
  return new PanelError('certbot_ended', 503, `certbot was killed before it had finished; ${advice}`)
}

/** Which of an authority's refusals a failure is; null when it is none. */
export const refusalOf = ({ output, log }: Failure): string | null => refusalIn(`${output}\n${log}`)?.kind ?? null

interface Refusal {
  kind: string
  detail: string
  /** Names whose proof was refused, the one that `detail` is about first. */
  names: readonly string[]
}

/** The authority's words of a challenge, as certbot prints them. */
function challengeIn(text: string): Refusal | null {
  const found = [...text.matchAll(/Domain: +(\S+)\s+Type: +(\w+)\s+Detail: +(.+)/g)]
  const [, , kind, detail] = found[0] ?? []
  return kind ? { kind, detail: detail!.trim(), names: [...new Set(found.map(([, name]) => name!))] } : null
}

/** The same, or the error it answered, from the log. */
function refusalIn(text: string): Refusal | null {
  const challenge = challengeIn(text)
  if (challenge) return challenge
  const [, errorKind, errorDetail] = /urn:ietf:params:acme:error:(\w+) :: (?:[^:\n]* :: )?([^\n]*)/.exec(text) ?? []
  if (errorKind) return { kind: errorKind, detail: errorDetail!.trim(), names: [] }
  const problem = /"type": *"urn:ietf:params:acme:error:(\w+)",\s*"detail": *"((?:[^"\\]|\\.)*)"/.exec(text)
  return problem ? { kind: problem[1]!, detail: problem[2]!, names: [] } : null
}

function refused({ kind, detail, names }: Refusal, server: string): PanelError {
  const meaning = refusals[kind] ?? 'The authority refuses'
  const until = kind === 'rateLimited' ? retryAfter(detail) : null
  const again = until ? ` It can be asked again after ${until.slice(0, 16).replace('T', ' ')} UTC.` : ''
  return PanelError.relay({
    code: CODES[kind] ?? 'authority_refuses',
    status: kind === 'rateLimited' ? 429 : 422,
    message: `${meaning}${names[0] ? ` (${names[0]})` : ''}.${again} ${new URL(server).host} says: ${detail}`,
    details: until ? { retryAfter: until } : names.length > 0 ? { names } : undefined,
  })
}

/** `retry after 2026-11-28 10:11:12 UTC` in Let's Encrypt's words, as ISO 8601; null when it does not say. */
export function retryAfter(detail: string): string | null {
  const [, day, time] = /retry after (\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)/.exec(detail) ?? []
  return day ? `${day}T${time}Z` : null
}

/** Takes certbot's output without its advertising and its traces. */
function lastWords(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line && !/^(?:Saving debug log|Ask for help|See the logfile|[-\s]*$)/.test(line))
  return lines.slice(-3).join(' ')
}
