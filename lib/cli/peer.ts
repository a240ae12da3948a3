/** A user's number, from the text of /etc/passwd. */
export const uidOf = (name: string, passwd: string): number | null => {
  const row = passwd.split('\n').find((line) => line.startsWith(`${name}:`))
  return row ? Number(row.split(':')[2]) : null
}
