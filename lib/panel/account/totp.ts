import type { Identity } from '../../model/auth/identity.ts'
import { PanelError } from '../../model/errors.ts'
import { newRecoveryCodes, stepOf } from '../auth/second-factor.ts'
import { confirmPassword } from '../auth/sign-in.ts'
import { takeTry } from '../auth/tries.ts'
import type { Context } from '../http/context.ts'
import { replaceRecoveryCodes } from '../store/recovery-codes.ts'
import { setTotpSecret } from '../store/users.ts'

/** How long somebody may take to add the secret to their app (ms). */
const CONFIRM_TIMEOUT_MS = 15 * 60_000

const pending = (username: string): string => `totp:${username}`

/**
 * A new secret for an authenticator app, as text, `otpauth:` address and QR code (SVG). It counts only
 * once `confirmTotp` has seen a code of it. Throws `totp_enabled`, `wrong_password`.
 */
export async function beginTotp(
  ctx: Context,
  identity: Identity,
  password: string,
): Promise<{ secret: string; uri: string; qr: string }> {
  const { username, totpSecret } = await confirmPassword(ctx, identity, password)
  if (totpSecret)
    throw new PanelError('totp_enabled', 409, 'The second factor is on already; turn it off first to use another app')
  const [{ generateSecret, generateURI }, { renderSVG }] = await Promise.all([import('otplib'), import('uqr')])
  const secret = generateSecret()
  const uri = generateURI({ issuer: 'Hosting Panel', label: username, secret })
  await ctx.kv.set(pending(username), secret, Date.now() + CONFIRM_TIMEOUT_MS)
  return { secret, uri, qr: renderSVG(uri, { border: 2 }) }
}

/**
 * Turns the second factor on with a code of the new secret; answers the recovery codes, once. Throws `totp_not_begun`,
 * `wrong_code`.
 */
export async function confirmTotp(
  ctx: Context,
  { username }: Identity,
  code: string,
): Promise<{ recoveryCodes: string[] }> {
  takeTry(ctx, `sign-in:totp-confirm:${username}`, 'name')
  const secret = await ctx.kv.get<string>(pending(username), Date.now())
  if (!secret)
    throw new PanelError(
      'totp_not_begun',
      409,
      'Begin again: there is no new secret to confirm, or it is older than 15 minutes',
    )
  const step = await stepOf(secret, code, 0)
  if (step === null)
    throw new PanelError(
      'wrong_code',
      422,
      'This is not the code of the new secret; are the clocks of the server and the phone right?',
    )
  setTotpSecret(ctx.db, username, secret, step)
  await ctx.kv.remove(pending(username))
  return { recoveryCodes: newRecoveryCodes(ctx, username) }
}

/** Turns the second factor off and deletes the recovery codes. */
export async function removeTotp(ctx: Context, identity: Identity, password: string): Promise<void> {
  const { username } = await confirmPassword(ctx, identity, password)
  setTotpSecret(ctx.db, username, null, 0)
  replaceRecoveryCodes(ctx.db, username, [])
}

/** New recovery codes in the place of the old ones. Throws `totp_off`. */
export async function renewRecoveryCodes(
  ctx: Context,
  identity: Identity,
  password: string,
): Promise<{ recoveryCodes: string[] }> {
  const { username, totpSecret } = await confirmPassword(ctx, identity, password)
  if (!totpSecret)
    throw new PanelError('totp_off', 409, 'Recovery codes replace the code of an app: turn the second factor on first')
  return { recoveryCodes: newRecoveryCodes(ctx, username) }
}
