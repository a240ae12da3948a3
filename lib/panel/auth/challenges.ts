import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** How long a browser may take to answer (ms). */
const ANSWER_TIMEOUT_MS = 5 * 60_000

/** In memory: a restart asks people to try again. */
const key = randomBytes(32)
const used = new Map<string, number>()

const TIME = 6
const RANDOM = 26

const sign = (about: string, head: Buffer): Buffer =>
  createHmac('sha256', key).update(`${about}\0`).update(head).digest()

/**
 * A new challenge for a passkey, base64url. It carries its own expiry and proof, so the panel stores none: strangers
 * who ask for many cannot push out those of others.
 */
export function newChallenge(about: string, now = performance.now()): string {
  const head = Buffer.concat([Buffer.alloc(TIME), randomBytes(RANDOM)])
  head.writeUIntBE(Math.round(now) + ANSWER_TIMEOUT_MS, 0, TIME)
  return Buffer.concat([head, sign(about, head)]).toString('base64url')
}

/** Uses a challenge up; false when it was never asked, not for this, too long ago, or is used already. */
export function takeChallenge(challenge: string, about: string, now = performance.now()): boolean {
  const bytes = Buffer.from(challenge, 'base64url')
  const [head, proof] = [bytes.subarray(0, TIME + RANDOM), bytes.subarray(TIME + RANDOM)]
  if (proof.length !== 32 || !timingSafeEqual(proof, sign(about, head))) return false
  for (const [name, end] of used) if (end <= now) used.delete(name)
  const [name, end] = [head.toString('base64url'), head.readUIntBE(0, TIME)]
  if (end <= now || used.has(name)) return false
  used.set(name, end)
  return true
}
