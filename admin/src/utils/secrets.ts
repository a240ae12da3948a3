/** Said beside an address that has a password in it. */
export const urlHint =
  'The whole connection string, with the password. ' +
  'Copy it now: the panel does not keep the password and cannot show it again.'
