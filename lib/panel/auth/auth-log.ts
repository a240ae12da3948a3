import { constants, openSync, closeSync, writeSync } from 'node:fs'
import { isIP } from 'node:net'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import { createRateLimit } from './rate-limit.ts'

/** A flood of tries that were refused unseen must not fill the disk: so many of them a minute are written. */
const MOST_REFUSED = 100
const refused = createRateLimit()

/** Longer names are cut; no account has one. */
const LONGEST = 64

/**
 * Writes how a try to sign in (or to set up) ends into auth.log, which Fail2ban reads, and answers what the
 * try answers. The address is the one lib/panel/auth/address.ts tells.
 */
export async function logSignIn<T>(
  what: 'sign-in' | 'setup',
  name: string,
  address: string,
  attempt: () => Promise<T>,
): Promise<T> {
  try {
    const result = await attempt()
    write(signInLine(new Date(), what, name, address, null))
    return result
  } catch (error) {
    const known = error instanceof PanelError && error.status < 500 ? error : null
    const usedByOthers = known?.details?.used === 'name'
    if (known && isWorthALine(known.code, usedByOthers)) {
      write(signInLine(new Date(), what, name, address, usedByOthers ? TURNED_AWAY : known.code))
    }
    throw error
  }
}

/**
 * One line of auth.log; `code` is why it failed, null when it went well. Whatever could end the name, the line
 * or the address early is written as its number, so that a name cannot say more than a name.
 */
export function signInLine(
  at: Date,
  what: 'sign-in' | 'setup',
  name: string,
  address: string,
  code: string | null,
): string {
  const seconds = `${at.toISOString().slice(0, 19)}Z`
  const from = isIP(address) ? address.replace(/^::ffff:(?=\d+\.)/i, '') : 'unknown'
  return (
    `${seconds} hosting-panel: ${what} ${outcome(code)} for "${escaped(name)}" from ` +
    `${from}${code ? ` (${code})` : ''}\n`
  )
}

/** The reason of a line about somebody whose name's tries others used up: Fail2ban counts no such lines. */
const TURNED_AWAY = 'name_tries_used_up'

/** Result for the log: a try that needs its second factor, or was refused because of others' tries, has not failed. */
function outcome(code: string | null): string {
  if (code === null) return 'succeeded'
  return code === TURNED_AWAY ? 'waits' : /_(?:required|needed)$/.test(code) ? 'continues' : 'failed'
}

const escaped = (name: string): string =>
  name
    .slice(0, LONGEST)
    .replaceAll(/[^A-Za-z0-9._@+-]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)

function isWorthALine(code: string, usedByOthers: boolean): boolean {
  if (code !== 'too_many_attempts') return true
  try {
    refused.take(`${usedByOthers ? 'waits' : 'failed'} ${logFile()}`, MOST_REFUSED)
    return true
  } catch {
    return false
  }
}

const logFile = (): string => process.env.HOSTING_PANEL_AUTH_LOG ?? paths.authLog

/** Opened for each line: logrotate may have put another file there. Never throws, as the sign-in is what counts. */
function write(line: string): void {
  try {
    const log = openSync(
      logFile(),
      constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW,
      0o640,
    )
    try {
      writeSync(log, line)
    } finally {
      closeSync(log)
    }
  } catch (error) {
    console.error('This could not be written into auth.log:', line.trim(), String(error))
  }
}
