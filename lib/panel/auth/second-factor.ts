import { createHash, randomInt } from 'node:crypto'
import type { Context } from '../http/context.ts'
import { replaceRecoveryCodes, takeRecoveryCode } from '../store/recovery-codes.ts'
import { takeTotpStep, totpStep, type User } from '../store/users.ts'

/** One time step (RFC 6238), in seconds; the code before and the one after are taken too, as clocks differ. */
const STEP = 30

const RECOVERY_CODES = 10
/** Without what is easily confused: 0 and o, 1 and l and i. */
const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz'

/** otplib is loaded with the first code: most starts never need it. */
const otplib = () => import('otplib')

/** The time step whose code this is, if later than `after`; null when it is none. */
export async function stepOf(secret: string, code: string, after: number): Promise<number | null> {
  if (!/^\d{6}$/.test(code)) return null
  const { verify } = await otplib()
  const result = await verify({ secret, token: code, epochTolerance: STEP, ...(after > 0 && { afterTimeStep: after }) })
  return result.valid && 'timeStep' in result ? result.timeStep : null
}

/** Whether a code is the second factor of a user: one from their app, or a recovery code. Each is taken once. */
export async function codeFits(ctx: Context, { username, totpSecret }: User, code: string): Promise<boolean> {
  const plain = code.replaceAll(/[\s-]/g, '').toLowerCase()
  if (plain.length !== 6) return takeRecoveryCode(ctx.db, username, hashCode(plain))
  const step = await stepOf(totpSecret!, plain, totpStep(ctx.db, username))
  return step !== null && takeTotpStep(ctx.db, username, step)
}

/** Ten new recovery codes in the place of all before; answered once, kept as hashes. */
export function newRecoveryCodes(ctx: Context, username: string): string[] {
  const codes = Array.from({ length: RECOVERY_CODES }, () =>
    Array.from({ length: 12 }, () => ALPHABET[randomInt(ALPHABET.length)]!).join(''),
  )
  replaceRecoveryCodes(ctx.db, username, codes.map(hashCode))
  return codes.map((code) => code.replaceAll(/(.{4})(?=.)/g, '$1-'))
}

/** 59 random bits, behind a limit of tries: a fast hash will do. */
const hashCode = (code: string): string => createHash('sha256').update(code).digest('hex')
