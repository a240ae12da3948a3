import type { Account } from '../../drivers/accounts/commands.ts'
import type { Login } from '../../drivers/mariadb/index.ts'
import type { Snapshot } from '../../drivers/ufw/index.ts'
import type { Rule } from '../../drivers/ufw/rules.ts'
import type { DatabaseSpec } from '../../model/databases/schema.ts'

/** Owner and rights of something. Names, as numbers do not exist before the account does. */
export interface Access {
  owner: string
  group: string
  mode: number
}

export interface FileState extends Access {
  content: string
  /** Set where the bytes are no UTF-8, so that they are written back as they were. */
  encoding?: 'latin1'
}

export interface DirectoryState extends Access {
  /** chmod's words for what is inside, applied when the owner changes: `u=rwX,g=rX,o=`. */
  contents?: string
  /** Folders, one in the other, that it is made with when it is new. */
  inside?: readonly string[]
  /** File that notes what a change of what is inside replaces; only in a state that was read. */
  record?: string
}

export interface LinkState {
  target: string
}

/** A log that some program writes: it is there, whatever is in it. */
export type LogState = Access

/** An active systemd socket. */
export type UnitState = Record<string, never>

/** Where a whole directory tree is: moving it is how it is deleted. */
export interface TreeState {
  at: string
}

/** Name that a Linux user has, whose numbers stay. */
export interface UsernameState {
  is: string
  home: string
  comment: string
}

/** Owner of keys in Redis: their names begin with it. */
export interface KeysState {
  of: string
}

/** UFW: on or off, and the panel's own rules in each of its two lists, as lines. */
export interface FirewallState {
  enabled: boolean
  rules: string[][]
  /** Rules that the lines of a desired state are made of. */
  wanted?: Rule[]
  /** UFW's files as they were, to restore them. */
  snapshot?: Snapshot
}

/** A database of MariaDB's. */
export type DatabaseState = Pick<DatabaseSpec, 'charset'>

export interface States {
  account: Account
  directory: DirectoryState
  file: FileState
  link: LinkState
  log: LogState
  unit: UnitState
  tree: TreeState
  move: TreeState
  username: UsernameState
  keys: KeysState
  firewall: FirewallState
  database: DatabaseState
  login: Login
}

export type KindName = keyof States

/** One thing the machine should have (or, with `state: null`, not have). `name` is its path, user or unit. */
export type Resource = {
  [K in KindName]: {
    kind: K
    name: string
    state: States[K] | null
    /** A file that is only put into a directory that is new: a placeholder page. */
    seed?: boolean
    /** Never shown in a plan. */
    secret?: boolean
    /** When it changes, where that is not as usual (lib/agent/services/service.ts). */
    turn?: 'first'
  }
}[KindName]

/** One step from what is to what should be. Plain JSON, so that it can be written down before it is done. */
export type Delta = {
  [K in KindName]: {
    kind: K
    name: string
    before: States[K] | null
    after: States[K] | null
    secret?: boolean
    turn?: 'first'
    /** Another kind of thing at its path, for which the change is refused. */
    taken?: Thing
  }
}[KindName]

/** Names a thing that a path holds. */
export type Thing = 'a folder' | 'a file' | 'a symbolic link' | 'a socket' | 'a named pipe' | 'a device'

/** How a kind of resource is read, changed and told about. `set` is idempotent and works in both directions. */
export interface Kind<S> {
  read(name: string, wanted: S | null): Promise<S | null>
  set(name: string, before: S | null, after: S | null): Promise<void>
  same(before: S, after: S): boolean
  summary(before: S | null, after: S | null): string
  /** Things that may be at its path; the panel makes the first. Kinds without have no path, or take any. */
  things?: readonly [Thing, ...Thing[]]
  /** The path, where the name is none. */
  path?(name: string): string
  /** Text whose difference a plan shows, line by line; without it the summary says it all. */
  text?(state: S): string
}
