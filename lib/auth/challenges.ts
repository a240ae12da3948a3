import { randomBytes } from 'node:crypto'

/** How long a browser may take to answer (ms), and how many may be asked at once: strangers ask too. */
const PATIENCE = 5 * 60_000
const MOST = 1_000

const open = new Map<string, { about: string; expiresAt: number }>()

/** A new challenge for a passkey, base64url. In memory: a restart asks people to try again. */
export function newChallenge(about: string, now = Date.now()): string {
  if (open.size >= MOST) open.delete(open.keys().next().value!)
  const challenge = randomBytes(32).toString('base64url')
  open.set(challenge, { about, expiresAt: now + PATIENCE })
  return challenge
}

/** Uses a challenge up; false when it was never asked, not for this, too long ago, or is used already. */
export function takeChallenge(challenge: string, about: string, now = Date.now()): boolean {
  const found = open.get(challenge)
  open.delete(challenge)
  return found !== undefined && found.about === about && found.expiresAt > now
}
