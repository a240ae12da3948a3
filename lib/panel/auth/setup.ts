import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { PanelError } from '../../model/errors.ts'
import type { Context } from '../http/context.ts'
import { addFirstAdministrator, hasAdministrator } from '../store/users.ts'
import { networkOf } from './address.ts'
import { hashPassword } from './passwords.ts'
import { takeTry } from './tries.ts'

const KEY = 'setup-token'
const hash = (token: string): string => createHash('sha256').update(token).digest('hex')

export const setupNeeded = (ctx: Context): boolean => !hasAdministrator(ctx.db)

/** A new one-time token, in the place of an earlier one; only its hash is kept. Null when an administrator exists. */
export async function newSetupToken(ctx: Context): Promise<string | null> {
  if (!setupNeeded(ctx)) return null
  const token = randomBytes(24).toString('base64url')
  await ctx.kv.set(KEY, hash(token), null)
  return token
}

/** Guessing the token is limited like guessing a password. */
export const setupTry = (ctx: Context, address: string): void => takeTry(ctx, `setup:${networkOf(address)}`, 'address')

/** Makes the first administrator. Throws `setup_done`, `setup_token_invalid`; of two at once, one succeeds. */
export async function setUp(ctx: Context, input: { token: string; username: string; password: string }): Promise<void> {
  if (!setupNeeded(ctx)) throw done()
  const expected = await ctx.kv.get<string>(KEY, Date.now())
  const fits = expected !== null && timingSafeEqual(Buffer.from(hash(input.token)), Buffer.from(expected))
  if (!fits)
    throw new PanelError(
      'setup_token_invalid',
      403,
      'This is not the setup token. Run the installer again to see a new one',
    )
  const user = {
    username: input.username,
    password: await hashPassword(input.password),
    createdAt: new Date().toISOString(),
  }
  if (!addFirstAdministrator(ctx.db, user)) throw done()
  await ctx.kv.remove(KEY)
}

const done = (): PanelError => new PanelError('setup_done', 409, 'The panel already has an administrator; sign in')
