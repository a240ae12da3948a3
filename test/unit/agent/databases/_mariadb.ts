import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, onTestFinished, vi } from 'vitest'
import { passwordHash } from '../../../../lib/model/databases/password.ts'
import type { DatabaseSpec } from '../../../../lib/model/databases/schema.ts'
import type { Login } from '../../../../lib/drivers/mariadb/index.ts'
import { PanelError } from '../../../../lib/model/errors.ts'

type RunImport = (
  database: string,
  source: { path: string; cancel?: AbortSignal; onPercent: (percent: number) => void },
) => Promise<string[]>

/** A MariaDB in memory, and the dumps beside it. */
const mariadb = vi.hoisted(() => ({
  databases: new Map<string, { charset: string; content: string }>(),
  logins: new Map<string, Login>(),
  dumps: new Map<string, string>(),
  done: [] as string[],
  /** Error that the next step of this name throws. */
  refuse: new Map<string, unknown>(),
  inspectDump: () => Promise.resolve(),
  runImport: (() => Promise.resolve([])) as RunImport,
  /** Event that a dump waits for. */
  dumping: (() => Promise.resolve()) as (cancel?: AbortSignal) => Promise<void>,
  imports: '',
}))
// Apart from its making, which has to run before the imports.
export { mariadb }

const step = (what: string): void => {
  mariadb.done.push(what)
  const refusal = mariadb.refuse.get(what)
  if (refusal) throw refusal
}

vi.mock('../../../../lib/model/paths.ts', async (original) => {
  const { paths, ...rest } = await original<typeof import('../../../../lib/model/paths.ts')>()
  return {
    ...rest,
    paths: {
      ...paths,
      get imports() {
        return mariadb.imports
      },
    },
  }
})
vi.mock('../../../../lib/drivers/mariadb/database-account.ts', async (original) => {
  const real = await original<typeof import('../../../../lib/drivers/mariadb/database-account.ts')>()
  return {
    ...real,
    databaseAccount: (database: string) => Promise.resolve(real.deriveDatabaseAccount(database, '0'.repeat(64))),
  }
})
vi.mock('../../../../lib/drivers/mariadb/connection.ts', () => ({ answers: () => Promise.resolve(true) }))
vi.mock('../../../../lib/drivers/mariadb/index.ts', () => ({
  isInstalled: () => true,
  readDatabase: (name: string) =>
    Promise.resolve(mariadb.databases.has(name) ? { charset: mariadb.databases.get(name)!.charset } : null),
  isUnknown: (name: string, users: string[]) =>
    Promise.resolve(!mariadb.databases.has(name) && !users.some((user) => mariadb.logins.has(user))),
  isEmpty: (name: string) => Promise.resolve(mariadb.databases.get(name)?.content === ''),
  makeDatabase: async (name: string, charset: string) => {
    await Promise.resolve(step(`create ${name}`))
    mariadb.databases.set(name, { charset, content: '' })
  },
  changeDatabase: async (name: string, charset: string) => {
    await Promise.resolve(step(`alter ${name}`))
    mariadb.databases.get(name)!.charset = charset
  },
  removeDatabase: async (name: string) => {
    await Promise.resolve(step(`drop ${name}`))
    mariadb.databases.delete(name)
  },
  readLogin: (name: string) => Promise.resolve(mariadb.logins.get(name) ?? null),
  setLogin: async (name: string, _: Login | null, after: Login) => {
    await Promise.resolve(step(`login ${name}`))
    mariadb.logins.set(name, after)
  },
  isAlike: (a: Login, b: Login) =>
    a.database === b.database && a.grant === b.grant && a.full === b.full && a.connections === b.connections,
  makeLogins: async (logins: [string, Login][]) => {
    await Promise.resolve(step(`logins ${logins.map(([name]) => name).join(' ')}`))
    for (const [name, login] of logins) mariadb.logins.set(name, login)
  },
  removeLogin: async (name: string) => {
    await Promise.resolve(step(`no login ${name}`))
    mariadb.logins.delete(name)
  },
}))
vi.mock('../../../../lib/drivers/mariadb/dumps.ts', () => ({
  dumpFile: (id: string) => `/dumps/${id}`,
  refuseFullDisk: () => Promise.resolve(),
  keptBytes: (id: string) => Promise.resolve(mariadb.dumps.get(id)?.length ?? null),
  keepDump: async (
    database: string,
    id: string,
    _: string,
    { onPercent, cancel }: { onPercent: (percent: number) => void; cancel?: AbortSignal },
  ) => {
    step(`dump ${database}`)
    onPercent(50)
    await mariadb.dumping(cancel)
    if (cancel?.aborted) throw new PanelError('cancelled', 409, 'This was cancelled')
    mariadb.dumps.set(id, mariadb.databases.get(database)!.content)
    return mariadb.dumps.get(id)!.length
  },
  writeDump: () => Promise.resolve(),
  pruneDumpFiles: () => Promise.resolve(),
}))
vi.mock('../../../../lib/drivers/mariadb/imports.ts', () => ({
  endImports: () => Promise.resolve(step('end imports')),
  inspectDump: () => mariadb.inspectDump(),
  runImport: (...args: Parameters<RunImport>) => mariadb.runImport(...args),
}))
vi.mock('../../../../lib/system/files.ts', async (original) => {
  const real = await original<typeof import('../../../../lib/system/files.ts')>()
  const removeFile = (path: string) =>
    path.startsWith('/dumps/') ? Promise.resolve(void mariadb.dumps.delete(path.slice(7))) : real.removeFile(path)
  return { ...real, removeFile }
})

export const { applyDatabase, desiredDatabases, dropDatabase, exportDatabase, planDatabase } =
  await import('../../../../lib/agent/databases/databases.ts')
export const { importInto, recovered, recoverImports } = await import('../../../../lib/agent/databases/imports.ts')
export const { cancel, cancellable } = await import('../../../../lib/agent/databases/tasks.ts')
const { deriveDatabaseAccount } = await import('../../../../lib/drivers/mariadb/database-account.ts')

export const hash = passwordHash('x')
export const own = (database: string) => {
  const { username, password } = deriveDatabaseAccount(database, '0'.repeat(64))
  return { username, hash: passwordHash(password) }
}
export const shop: DatabaseSpec = {
  name: 'shop',
  charset: 'utf8mb4',
  full: false,
  users: [{ username: 'ann', grant: 'read', hash }],
}
export const [dump, copy] = ['d'.repeat(32), 'c'.repeat(32)]
export const task = '00000000-0000-4000-8000-000000000000'
export const nobody = new AbortController().signal
export const refusal = (code: string) => PanelError.relay({ code, status: 422, message: `It said ${code}` })

beforeEach(() => {
  for (const map of [mariadb.databases, mariadb.logins, mariadb.dumps, mariadb.refuse]) map.clear()
  mariadb.done.length = 0
  mariadb.dumping = () => Promise.resolve()
  mariadb.runImport = async (database, { path, onPercent }) => {
    step(`import ${database} ${path}`)
    await Promise.resolve(onPercent(50))
    mariadb.databases.get(database)!.content = mariadb.dumps.get(path.split('/').at(-1)!) ?? 'imported'
    return ['a note']
  }
  const home = mkdtempSync(join(tmpdir(), 'hosting-panel-'))
  mariadb.imports = join(home, 'imports')
  onTestFinished(() => rmSync(home, { recursive: true }))
})

/** The shop as it is once it was made. */
export async function withShop(content = 'what was there'): Promise<void> {
  await applyDatabase({ database: shop, gone: [] })
  mariadb.databases.get('shop')!.content = content
  mariadb.done.length = 0
}

export const importDump = (more: object = {}, gone = nobody) =>
  importInto(
    {
      name: 'shop',
      charset: 'utf8mb4',
      from: { kind: 'upload', id: 'f'.repeat(32) },
      copy,
      most: null,
      task,
      ...more,
    },
    ({ step: name, percent }) => told.push([name, Math.round(percent)]),
    gone,
  )
export let told: [string, number][] = []
beforeEach(() => (told = []))
export const content = () => mariadb.databases.get('shop')?.content
export const marker = () => join(mariadb.imports, 'shop.json')
export const fail =
  (code: string): RunImport =>
  async (database, { path }) => {
    step(`import ${database} ${path}`)
    if (path.startsWith('/dumps')) mariadb.databases.get(database)!.content = mariadb.dumps.get(path.slice(7))!
    else {
      mariadb.databases.get(database)!.content = 'half'
      await Promise.reject(refusal(code))
    }
    return []
  }
