import type {
  AuthenticationResponseJSON,
  AuthenticatorTransport,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server'
import type { H3Event } from 'h3'
import { PanelError } from '../../model/errors.ts'
import type { Context } from '../http/context.ts'
import { decrement } from '../store/counters.ts'
import { findPasskey, notePasskeyUse, type Passkey } from '../store/passkeys.ts'
import { findUser, type User } from '../store/users.ts'
import { networkOf } from './address.ts'
import { newChallenge, takeChallenge } from './challenges.ts'
import { isKnownNetwork } from './known-networks.ts'
import { takeTry } from './tries.ts'

/** 25 MB when loaded, so only with the first passkey. */
export const webauthn = () => import('@simplewebauthn/server')

const ABOUT = 'sign-in'

/**
 * The name and origin that passkeys are bound to: those the browser used. Whoever sends another Host gets
 * nowhere, as the browser signs what it saw. Throws `passkeys_need_a_name`, as browsers make none for addresses.
 */
export function relyingParty(event: H3Event): { id: string; origin: string } {
  const host = event.req.headers.get('host') ?? ''
  const url = URL.canParse(`https://${host}`) ? new URL(`https://${host}`) : null
  if (!url || /^[\d.]+$|^\[/.test(url.hostname)) {
    throw new PanelError(
      'passkeys_need_a_name',
      409,
      'Browsers make passkeys for names only, not for addresses: give the server a name in its settings and ' +
        'open the panel there',
    )
  }
  return { id: url.hostname, origin: url.origin }
}

/** Answers the options by which a browser asks for a passkey of anybody. */
export async function askForPasskey(event: H3Event): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { generateAuthenticationOptions } = await webauthn()
  const options = await generateAuthenticationOptions({
    rpID: relyingParty(event).id,
    userVerification: 'required',
    challenge: Buffer.from(newChallenge(ABOUT), 'base64url'),
  })
  return options
}

/**
 * The user whose passkey signed the challenge. The authenticator has made sure of the person (user
 * verification), so it stands for the password and the second factor. Throws `passkey_refused`, `too_many_attempts`.
 */
export async function checkPasskey(
  ctx: Context,
  event: H3Event,
  response: AuthenticationResponseJSON,
  address: string,
): Promise<User> {
  const passkey = findPasskey(ctx.db, response.id)
  const tries = await takePasskeyTry(ctx, passkey, networkOf(address))
  const counter = passkey && (await newCounter(event, response, passkey))
  const user = passkey && findUser(ctx.db, passkey.username)
  if (counter == null || !user)
    throw new PanelError(
      'passkey_refused',
      401,
      'This passkey is not known here, or its answer came too late; try again, or use your password',
    )
  decrement(ctx.db, tries)
  notePasskeyUse(ctx.db, passkey.id, counter, new Date().toISOString())
  return user
}

/** Counts a try by network, and from a network of the owner's by passkey too. Answers the counter's name. */
async function takePasskeyTry(ctx: Context, passkey: Passkey | null, network: string): Promise<string> {
  const known = passkey !== null && (await isKnownNetwork(ctx, passkey.username, network))
  const key = `sign-in:passkey:${known ? `${passkey.id}:` : ''}${network}`
  takeTry(ctx, key, 'address')
  return key
}

async function newCounter(
  event: H3Event,
  response: AuthenticationResponseJSON,
  { id, publicKey, counter, transports }: Passkey,
): Promise<number | null> {
  const { verifyAuthenticationResponse } = await webauthn()
  const { id: expectedRPID, origin: expectedOrigin } = relyingParty(event)
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedRPID,
      expectedOrigin,
      requireUserVerification: true,
      expectedChallenge: (challenge) => takeChallenge(challenge, ABOUT),
      credential: { id, publicKey, counter, transports: transports as AuthenticatorTransport[] },
    })
    return verified ? authenticationInfo.newCounter : null
  } catch {
    return null
  }
}
