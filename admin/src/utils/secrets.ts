/** Said beside an address that has a password in it. */
export const urlHint =
  'The whole connection string, with the password. Copy it now: the password is kept nowhere and is not shown again.'
