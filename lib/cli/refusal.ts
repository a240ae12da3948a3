import { Ending, exits } from './errors.ts'
import { tame, tameLines } from './terminal.ts'

interface Refusal {
  code?: string
  message?: string
  details?: { issues?: { path: string; message: string }[] }
}

/** Turns a refusal of the panel into the command's end. */
export function refusal(status: number, text: string): Ending {
  let told: Refusal = {}
  try {
    told = JSON.parse(text) as Refusal
  } catch {
    // Not the panel's own words: the status has to do.
  }
  const more = (told.details?.issues ?? [])
    .slice(1)
    .map(({ path, message }) => `\n  ${tame(path)}: ${tameLines(message)}`)
    .join('')
  const renew = ['token_invalid', 'not_proven'].includes(told.code ?? '')
    ? '. The token is in /etc/hosting-panel/local-token; run install.sh again to make a new one'
    : ''
  const message = tameLines(told.message ?? `The panel answered ${status}`)
  return new Ending(exits.refused, `${tame(told.code ?? `http_${status}`)}: ${message}${renew}${more}`, text)
}
