import { nullable, picklist, strictObject, string } from 'valibot'

/** User who is signed in, and until when at the latest. */
export const sessionInfo = strictObject({
  username: string(),
  role: picklist(['admin', 'user']),
  expiresAt: nullable(string()),
})
