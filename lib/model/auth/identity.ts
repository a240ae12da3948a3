/** The caller of a function: a user with a session, or a script with a token. */
export interface Identity {
  username: string
  role: 'admin' | 'user'
  /** The stored name of the session or token: for limits, and for ending it. */
  key: string
  /** Whether it has a session, and no token. */
  hasSession: boolean
  /** The only site it may touch; null: all its role and ownership allow. */
  site: string | null
  /** ms since 1970; null: never. */
  expiresAt: number | null
  may: (scope: string) => boolean
}
