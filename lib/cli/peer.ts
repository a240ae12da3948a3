import { readFileSync } from 'node:fs'

/** A row of /proc/net/tcp: addresses as hexadecimal `address:port`, and who owns the socket. */
export interface Row {
  local: string
  remote: string
  listens: boolean
  uid: number
}

/** Reads the text of /proc/net/tcp (proc_net_tcp(5)). */
export function toRows(text: string): Row[] {
  return text.trim().split('\n').slice(1).map((line) => {
    const [, local = '', remote = '', state, , , , uid] = line.trim().split(/\s+/)
    return { local, remote, listens: state === '0A', uid: Number(uid) }
  })
}

const loopback = (port: number): string => `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`

/**
 * Whether the program at the other end of a connection over loopback is `uid`'s. Any user may listen on the
 * panel's port while the panel is down, and would be handed root's token. Asked once connected: then either the
 * connection was taken by its owner, or it waits (as uid 0) at whoever listens there.
 */
export function belongsTo(rows: readonly Row[], uid: number, ours: number, theirs: number): boolean {
  const taken = rows.find(({ local, remote }) => local === loopback(theirs) && remote === loopback(ours))
  if (taken && taken.uid !== 0) return taken.uid === uid
  const listening = rows.filter(({ listens }) => listens)
  const exact = listening.filter(({ local }) => local === loopback(theirs))
  const heard = exact.length > 0 ? exact : listening.filter(({ local }) => local === `00000000${loopback(theirs).slice(8)}`)
  return heard.length > 0 && heard.every((row) => row.uid === uid)
}

export const readRows = (): Row[] => toRows(readFileSync('/proc/net/tcp', 'utf8'))

/** A user's number, from the text of /etc/passwd. */
export const uidOf = (name: string, passwd: string): number | null => {
  const row = passwd.split('\n').find((line) => line.startsWith(`${name}:`))
  return row ? Number(row.split(':')[2]) : null
}
