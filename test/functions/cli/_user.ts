/** Options that create a user, and the password on standard input. */
export const people = ['--username', 'anna', '--password', '-']
export const password = 'a rather long secret\n'
