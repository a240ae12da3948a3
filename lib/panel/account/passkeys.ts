import type { PublicKeyCredentialCreationOptionsJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { H3Event } from 'h3'
import * as v from 'valibot'
import type { Identity } from '../../model/auth/identity.ts'
import { PanelError } from '../../model/errors.ts'
import { newChallenge, takeChallenge } from '../auth/challenges.ts'
import { relyingParty, webauthn } from '../auth/passkey-sign-in.ts'
import { confirmPassword } from '../auth/sign-in.ts'
import type { Context } from '../http/context.ts'
import { addPasskey, listPasskeys as listRows, removePasskey } from '../store/passkeys.ts'

const MOST = 20

/** A passkey as the API answers it. */
export const passkey = v.strictObject({
  id: v.string(),
  name: v.string(),
  createdAt: v.string(),
  lastUsedAt: v.nullable(v.string()),
})
type PasskeyInfo = v.InferOutput<typeof passkey>

export const listPasskeys = (ctx: Context, { username }: Identity): PasskeyInfo[] =>
  listRows(ctx.db, username).map(({ id, name, createdAt, lastUsedAt }) => ({ id, name, createdAt, lastUsedAt }))

const about = (username: string): string => `passkey of ${username}`

/** Answers the options by which a browser makes a passkey. Throws `wrong_password`, `passkeys_need_a_name`. */
export async function beginPasskey(
  ctx: Context,
  event: H3Event,
  identity: Identity,
  password: string,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { id } = relyingParty(event)
  const { username } = await confirmPassword(ctx, identity, password)
  const { generateRegistrationOptions } = await webauthn()
  return generateRegistrationOptions({
    rpName: 'Hosting Panel',
    rpID: id,
    userName: username,
    userID: new TextEncoder().encode(username),
    challenge: Buffer.from(newChallenge(about(username)), 'base64url'),
    attestationType: 'none',
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    excludeCredentials: listRows(ctx.db, username).map((key) => ({ id: key.id })),
  })
}

/** Keeps the passkey the browser made. Throws `passkey_refused`. */
export async function finishPasskey(
  ctx: Context,
  event: H3Event,
  { username }: Identity,
  name: string,
  response: RegistrationResponseJSON,
): Promise<PasskeyInfo> {
  if (listRows(ctx.db, username).length >= MOST)
    throw new PanelError('limit_reached', 409, `An account has at most ${MOST} passkeys; delete one first`)
  const credential = await verified(event, username, response)
  const { id, publicKey, counter } = credential
  const createdAt = new Date().toISOString()
  addPasskey(ctx.db, {
    id,
    username,
    name,
    publicKey: new Uint8Array(publicKey),
    counter,
    transports: credential.transports ?? [],
    createdAt,
  })
  return { id, name, createdAt, lastUsedAt: null }
}

async function verified(event: H3Event, username: string, response: RegistrationResponseJSON) {
  const { verifyRegistrationResponse } = await webauthn()
  const { id: expectedRPID, origin: expectedOrigin } = relyingParty(event)
  const expectedChallenge = (challenge: string) => takeChallenge(challenge, about(username))
  const { registrationInfo } = await verifyRegistrationResponse({
    response,
    expectedRPID,
    expectedOrigin,
    expectedChallenge,
    requireUserVerification: true,
  }).catch(() => ({ registrationInfo: undefined }))
  if (!registrationInfo)
    throw new PanelError(
      'passkey_refused',
      422,
      'The browser’s answer does not match the request, or came too late; try again',
    )
  return registrationInfo.credential
}

/** Removes one of a person's own passkeys. Throws `passkey_not_found`. */
export function deletePasskey(ctx: Context, { username }: Identity, id: string): void {
  if (!removePasskey(ctx.db, username, id)) throw new PanelError('passkey_not_found', 404, 'You have no such passkey')
}
