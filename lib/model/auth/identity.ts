/** The caller of a function: a person by their session, or a script by its token. */
export interface Identity {
  username: string
  role: 'admin' | 'user'
  /** The stored name of the session or token: for limits, and for ending it. */
  key: string
  /** Whether it is a person with a session, and no token. */
  person: boolean
  /** The only site it may touch; null: all its role and ownership allow. */
  site: string | null
  /** ms since 1970; null: never. */
  expiresAt: number | null
  may: (scope: string) => boolean
}
