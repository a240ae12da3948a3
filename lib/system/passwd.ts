import { statSync, readFileSync } from 'node:fs'

/** Names and numbers of users and groups, both ways. */
export interface Passwd {
  uid(name: string): number
  gid(name: string): number
  userName(uid: number): string
  groupName(gid: number): string
}

interface Table {
  /** The fields of each line, by its first. */
  rows: Map<string, string[]>
  byId: Map<number, string>
}

const tables = new Map<string, { stamp: bigint; table: Table }>()

/** /etc/passwd and /etc/group have the number in the third field; parsed again only when the file changed. */
function table(file: string): Table {
  const stamp = statSync(file, { bigint: true }).mtimeNs
  const known = tables.get(file)
  if (known?.stamp === stamp) return known.table
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(':'))
  const fresh = {
    rows: new Map(rows.map((fields) => [fields[0]!, fields])),
    byId: new Map(rows.map(([name, , id]) => [Number(id), name!])),
  }
  tables.set(file, { stamp, table: fresh })
  return fresh
}

function number(file: string, name: string): number {
  const fields = table(file).rows.get(name)
  // An owner that no longer exists is known by its number.
  if (!fields && /^\d+$/.test(name)) return Number(name)
  if (!fields) throw new Error(`${name} is not in ${file}`)
  return Number(fields[2])
}

export const passwd: Passwd = {
  uid: (name) => number('/etc/passwd', name),
  gid: (name) => number('/etc/group', name),
  userName: (uid) => table('/etc/passwd').byId.get(uid) ?? String(uid),
  groupName: (gid) => table('/etc/group').byId.get(gid) ?? String(gid),
}

/** The fields of an account's line in /etc/passwd, or of a group's in /etc/group. */
export const passwdEntry = (name: string): string[] | undefined => table('/etc/passwd').rows.get(name)
export const groupEntry = (name: string): string[] | undefined => table('/etc/group').rows.get(name)

/** Every account's fields. */
export const passwdEntries = (): string[][] => [...table('/etc/passwd').rows.values()]

/** Every number that a user or a group has. */
export const usedNumbers = (): Set<number> =>
  new Set(['/etc/passwd', '/etc/group'].flatMap((file) => [...table(file).byId.keys()]))
