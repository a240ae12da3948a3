import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { passwordHash } from '../../../lib/model/databases/password.ts'
import { connectionsEach } from '../../../lib/drivers/mariadb/settings.conf.ts'
import type { DatabaseSpec } from '../../../lib/model/databases/schema.ts'
import type { Login } from '../../../lib/drivers/mariadb/index.ts'
import { PanelError } from '../../../lib/model/errors.ts'

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

const step = (what: string): void => {
  mariadb.done.push(what)
  const refusal = mariadb.refuse.get(what)
  if (refusal) throw refusal
}

vi.mock('../../../lib/model/paths.ts', async (original) => {
  const { paths, ...rest } = await original<typeof import('../../../lib/model/paths.ts')>()
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
vi.mock('../../../lib/drivers/mariadb/database-account.ts', async (original) => {
  const real = await original<typeof import('../../../lib/drivers/mariadb/database-account.ts')>()
  return {
    ...real,
    databaseAccount: (database: string) => Promise.resolve(real.deriveDatabaseAccount(database, '0'.repeat(64))),
  }
})
vi.mock('../../../lib/drivers/mariadb/connection.ts', () => ({ answers: () => Promise.resolve(true) }))
vi.mock('../../../lib/drivers/mariadb/index.ts', () => ({
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
vi.mock('../../../lib/drivers/mariadb/dumps.ts', () => ({
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
vi.mock('../../../lib/drivers/mariadb/imports.ts', () => ({
  endImports: () => Promise.resolve(step('end imports')),
  inspectDump: () => mariadb.inspectDump(),
  runImport: (...args: Parameters<RunImport>) => mariadb.runImport(...args),
}))
vi.mock('../../../lib/system/files.ts', async (original) => {
  const real = await original<typeof import('../../../lib/system/files.ts')>()
  const removeFile = (path: string) =>
    path.startsWith('/dumps/') ? Promise.resolve(void mariadb.dumps.delete(path.slice(7))) : real.removeFile(path)
  return { ...real, removeFile }
})

const { describeDatabase } = await import('../../../lib/agent/databases/describe-database.ts')
const { applyDatabase, desiredDatabases, dropDatabase, exportDatabase, planDatabase } =
  await import('../../../lib/agent/databases/databases.ts')
const { importInto, recovered, recoverImports } = await import('../../../lib/agent/databases/imports.ts')
const { cancel, cancellable } = await import('../../../lib/agent/databases/tasks.ts')
const { isBusy } = await import('../../../lib/agent/converge/queues.ts')
const { deriveDatabaseAccount } = await import('../../../lib/drivers/mariadb/database-account.ts')

const hash = passwordHash('x')
const connections = connectionsEach()
const own = (database: string) => {
  const { username, password } = deriveDatabaseAccount(database, '0'.repeat(64))
  return { username, hash: passwordHash(password) }
}
const shop: DatabaseSpec = {
  name: 'shop',
  charset: 'utf8mb4',
  full: false,
  users: [{ username: 'ann', grant: 'read', hash }],
}
const [dump, copy] = ['d'.repeat(32), 'c'.repeat(32)]
const task = '00000000-0000-4000-8000-000000000000'
const nobody = new AbortController().signal
const refusal = (code: string) => PanelError.relay({ code, status: 422, message: `It said ${code}` })

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
async function withShop(content = 'what was there'): Promise<void> {
  await applyDatabase({ database: shop, gone: [] })
  mariadb.databases.get('shop')!.content = content
  mariadb.done.length = 0
}

describe('a database', () => {
  it('is these things, its own account first and what goes last', () => {
    const account = { username: 'hosting-panel-db-0', password: 'secret' }
    expect(
      describeDatabase(
        { ...shop, charset: 'latin1', users: [...shop.users, { username: 'bob', grant: 'all', hash }] },
        account,
        15,
        ['eve', 'zoe'],
      ),
    ).toEqual([
      {
        kind: 'login',
        name: 'hosting-panel-db-0',
        state: { database: 'shop', grant: 'all', full: false, hash: passwordHash('secret'), connections: 15 },
      },
      { kind: 'database', name: 'shop', state: { charset: 'latin1' } },
      { kind: 'login', name: 'ann', state: { database: 'shop', grant: 'read', full: false, hash, connections: 15 } },
      { kind: 'login', name: 'bob', state: { database: 'shop', grant: 'all', full: false, hash, connections: 15 } },
      { kind: 'login', name: 'eve', state: null },
      { kind: 'login', name: 'zoe', state: null },
    ])
  })

  it('is planned, made, and then as it should be', async () => {
    const changes = [
      { action: 'create', kind: 'login', name: own('shop').username, summary: 'all in shop' },
      { action: 'create', kind: 'database', name: 'shop', summary: 'utf8mb4' },
      { action: 'create', kind: 'login', name: 'ann', summary: 'read in shop' },
    ]
    expect(await planDatabase({ database: shop, gone: [] })).toEqual(changes)
    expect(mariadb.done).toEqual([])
    expect(await applyDatabase({ database: shop, gone: [] })).toEqual(changes)
    expect(mariadb.done).toEqual([`login ${own('shop').username}`, 'create shop', 'login ann'])
    expect([...mariadb.logins]).toEqual([
      [own('shop').username, { database: 'shop', grant: 'all', full: false, hash: own('shop').hash, connections }],
      ['ann', { database: 'shop', grant: 'read', full: false, hash, connections }],
    ])
    expect(await applyDatabase({ database: shop, gone: [] })).toEqual([])
    expect(
      await planDatabase({
        database: { ...shop, charset: 'latin1', users: [{ username: 'ann', grant: 'all', hash: passwordHash('y') }] },
        gone: ['eve'],
      }),
    ).toEqual([
      { action: 'update', kind: 'database', name: 'shop', summary: 'utf8mb4 -> latin1, for new tables' },
      { action: 'update', kind: 'login', name: 'ann', summary: 'all in shop, another password' },
    ])
  })

  it.each([`login ${own('shop').username}`, 'create shop', 'login ann'])(
    'that fails at “%s” leaves nothing',
    async (at) => {
      mariadb.refuse.set(at, refusal('mariadb_full'))
      await expect(applyDatabase({ database: shop, gone: [] })).rejects.toMatchObject({ code: 'mariadb_full' })
      expect([mariadb.databases.size, mariadb.logins.size]).toEqual([0, 0])
    },
  )

  const all = { ...shop, users: [...shop.users, { username: 'bob', grant: 'all' as const, hash }] }
  it('whose users may as much as its own account makes them with it, in one statement', async () => {
    await applyDatabase({ database: all, gone: [] })
    expect(mariadb.done).toEqual([`logins ${own('shop').username} bob`, 'create shop', 'login ann'])
    expect([...mariadb.logins.keys()]).toEqual([own('shop').username, 'bob', 'ann'])
  })
  it.each(['create shop', 'login ann'])('of which each is gone when it fails at “%s”', async (at) => {
    mariadb.refuse.set(at, refusal('mariadb_full'))
    await expect(applyDatabase({ database: all, gone: [] })).rejects.toMatchObject({ code: 'mariadb_full' })
    expect([mariadb.databases.size, mariadb.logins.size]).toEqual([0, 0])
  })

  it('whose change fails has the users it had, with their passwords', async () => {
    await withShop()
    const before = [...mariadb.logins]
    mariadb.refuse.set('login bob', refusal('mariadb_full'))
    await expect(
      applyDatabase({
        database: {
          ...shop,
          users: [
            { username: 'ann', grant: 'all', hash: passwordHash('y') },
            { username: 'bob', grant: 'all', hash },
          ],
        },
        gone: [],
      }),
    ).rejects.toMatchObject({ code: 'mariadb_full' })
    expect([[...mariadb.logins], mariadb.databases.get('shop')?.content]).toEqual([before, 'what was there'])
  })

  it('that MariaDB has and the panel did not make stays somebody else’s, and so do accounts', async () => {
    mariadb.databases.set('shop', { charset: 'latin1', content: 'theirs' })
    for (const ask of [planDatabase, applyDatabase])
      await expect(ask({ database: { ...shop, charset: 'latin1' }, gone: [] })).rejects.toMatchObject({
        code: 'database_exists',
        status: 409,
      })
    mariadb.databases.clear()
    for (const login of [
      { database: 'blog', grant: 'all', full: false, hash, connections },
      { database: null, grant: null, full: false, hash: passwordHash('theirs'), connections },
      { database: null, grant: null, full: false, hash: '', connections },
    ] as Login[]) {
      mariadb.logins.set('ann', login)
      await expect(applyDatabase({ database: shop, gone: [] }), JSON.stringify(login)).rejects.toMatchObject({
        code: 'username_taken',
        status: 409,
      })
      await expect(
        applyDatabase({ database: { ...shop, users: [] }, gone: ['ann'] }),
        JSON.stringify(login),
      ).rejects.toMatchObject({ code: 'username_taken' })
    }
    expect(mariadb.done).toEqual([])
  })

  it('that MariaDB has in another character set and the panel did not make is not changed', async () => {
    mariadb.databases.set('shop', { charset: 'latin1', content: 'theirs' })
    for (const ask of [planDatabase, applyDatabase])
      await expect(ask({ database: shop, gone: [] })).rejects.toMatchObject({ code: 'database_exists' })
    expect([mariadb.databases.get('shop'), mariadb.done]).toEqual([{ charset: 'latin1', content: 'theirs' }, []])
  })

  it('that a kill cut off is brought to its end by who asks again', async () => {
    const { username, hash: ownHash } = own('shop')
    mariadb.logins.set(username, { database: 'shop', grant: 'all', full: false, hash: ownHash, connections })
    mariadb.logins.set('ann', { database: null, grant: null, full: false, hash, connections })
    await applyDatabase({ database: shop, gone: [] })
    expect([mariadb.databases.has('shop'), mariadb.logins.get('ann')]).toEqual([
      true,
      { database: 'shop', grant: 'read', full: false, hash, connections },
    ])
  })

  it('is desired with its account', async () => {
    expect(await desiredDatabases([])).toEqual([])
    expect(
      (await desiredDatabases([shop, { ...shop, name: 'blog', users: [] }])).map(({ kind, name }) => `${kind} ${name}`),
    ).toEqual([
      `login ${own('shop').username}`,
      'database shop',
      'login ann',
      `login ${own('blog').username}`,
      'database blog',
    ])
  })
})

describe('removing a database', () => {
  const remove = (more: object = {}) =>
    dropDatabase(
      { name: 'shop', users: ['ann'], dump, task, ...more },
      ({ step: name, percent }) => told.push([name, percent]),
      nobody,
    )
  let told: [string, number][] = []
  beforeEach(() => (told = []))

  it('dumps it first, then ends its users, then drops it', async () => {
    await withShop()
    expect(await remove()).toEqual({ bytes: 14 })
    expect(mariadb.done).toEqual(['dump shop', 'no login ann', `no login ${own('shop').username}`, 'drop shop'])
    expect(told).toEqual([
      ['Keeping a dump for 30 days', 0],
      ['Keeping a dump for 30 days', 45],
      ['Removing the database and its users', 90],
    ])
    expect([mariadb.databases.size, mariadb.logins.size, mariadb.dumps.get(dump)]).toEqual([0, 0, 'what was there'])
  })

  it('without a dump writes none', async () => {
    await withShop()
    expect(await remove({ dump: null })).toEqual({ bytes: null })
    expect([mariadb.done.includes('dump shop'), mariadb.databases.size]).toEqual([false, 0])
  })

  it('that cannot be dumped, or is cancelled meanwhile, leaves everything', async () => {
    await withShop()
    mariadb.refuse.set('dump shop', refusal('dump_failed'))
    await expect(remove()).rejects.toMatchObject({ code: 'dump_failed' })
    mariadb.refuse.clear()
    mariadb.dumping = () => Promise.resolve(void cancel(task))
    await expect(remove()).rejects.toMatchObject({ code: 'cancelled' })
    expect([mariadb.databases.get('shop')?.content, mariadb.logins.size]).toEqual(['what was there', 2])
  })

  it('asked for again, however far it was, still knows its dump', async () => {
    await withShop()
    await remove()
    expect(await remove()).toEqual({ bytes: 14 })
    expect(await remove({ dump: 'e'.repeat(32) }), 'and of one that never was there is none').toEqual({ bytes: null })
  })
})

describe.skipIf(process.getuid?.() !== 0)('an import', () => {
  const importDump = (more: object = {}, gone = nobody) =>
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
  let told: [string, number][] = []
  beforeEach(() => (told = []))
  const content = () => mariadb.databases.get('shop')?.content
  const marker = () => join(mariadb.imports, 'shop.json')
  const fail =
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

  it('keeps a copy, writes down what to restore, and imports', async () => {
    await withShop()
    let noted: unknown
    const through = mariadb.runImport
    mariadb.runImport = (...args) => {
      noted = [
        JSON.parse(readFileSync(marker(), 'utf8')),
        statSync(marker()).mode & 0o777,
        statSync(mariadb.imports).mode & 0o777,
      ]
      return through(...args)
    }
    expect(await importDump()).toEqual({ copyBytes: 14, notes: ['a note'] })
    expect(mariadb.done).toEqual(['dump shop', `import shop /opt/hosting-panel/data/uploads/${'f'.repeat(32)}`])
    expect(told).toEqual([
      ['Copying the database as it is', 0],
      ['Copying the database as it is', 10],
      ['Importing', 20],
      ['Importing', 60],
    ])
    expect(noted).toEqual([{ database: 'shop', charset: 'utf8mb4', copy }, 0o600, 0o700])
    expect([content(), mariadb.dumps.get(copy), readdirSync(mariadb.imports)]).toEqual([
      'imported',
      'what was there',
      [],
    ])
  })

  it('of what is no dump touches nothing, and copies nothing', async () => {
    await withShop()
    mariadb.inspectDump = () => Promise.reject(refusal('not_a_dump'))
    await expect(importDump()).rejects.toMatchObject({ code: 'not_a_dump' })
    mariadb.inspectDump = () => Promise.resolve()
    expect([mariadb.done, told, content(), mariadb.dumps.size]).toEqual([[], [], 'what was there', 0])
  })

  it('into what is empty keeps none', async () => {
    await withShop('')
    expect(await importDump()).toEqual({ copyBytes: null, notes: ['a note'] })
    expect([mariadb.done[0], told]).toEqual([
      `import shop /opt/hosting-panel/data/uploads/${'f'.repeat(32)}`,
      [
        ['Copying the database as it is', 0],
        ['Importing', 0],
        ['Importing', 50],
      ],
    ])
  })

  it('of a dump that is kept reads that one', async () => {
    await withShop()
    mariadb.dumps.set(dump, 'from the dump')
    await importDump({ from: { kind: 'dump', id: dump } })
    expect([content(), mariadb.dumps.has(dump)]).toEqual(['from the dump', true])
  })

  it.each(['dump_refused', 'dump_truncated', 'mariadb_full'])(
    'that fails leaves what was there, and no copy: %s',
    async (code) => {
      await withShop()
      mariadb.runImport = fail(code)
      await expect(importDump()).rejects.toMatchObject({ code })
      expect(mariadb.done.slice(2)).toEqual(['drop shop', 'create shop', `import shop /dumps/${copy}`])
      expect([content(), mariadb.dumps.size, readdirSync(mariadb.imports), told.at(-1)]).toEqual([
        'what was there',
        0,
        [],
        ['Restoring the database', 99],
      ])
    },
  )

  it('that fails in what was empty leaves it empty, in its character set', async () => {
    await withShop('')
    mariadb.runImport = fail('dump_refused')
    await expect(importDump({ charset: 'latin1' })).rejects.toMatchObject({ code: 'dump_refused' })
    expect([mariadb.databases.get('shop'), mariadb.dumps.size, existsSync(marker())]).toEqual([
      { charset: 'latin1', content: '' },
      0,
      false,
    ])
  })

  it('that cannot be restored says where the copy is, and is restored by whoever comes next', async () => {
    await withShop()
    mariadb.runImport = fail('dump_refused')
    mariadb.refuse.set('create shop', refusal('mariadb_full'))
    await expect(importDump()).rejects.toMatchObject({
      code: 'not_put_back',
      message: expect.stringContaining(`Its copy is /dumps/${copy};`),
    })
    expect([existsSync(marker()), mariadb.dumps.get(copy), content()]).toEqual([true, 'what was there', undefined])
    const log = vi.spyOn(console, 'log').mockReturnValue()
    onTestFinished(() => log.mockRestore())
    mariadb.refuse.clear()
    expect(await recovered('shop', () => Promise.resolve(content()))).toBe('what was there')
    expect([existsSync(marker()), log.mock.calls]).toEqual([
      false,
      [['Rolled an import of shop back that was cut off']],
    ])
  })

  it('into a database that somebody dropped by hand is refused', async () => {
    await expect(importDump()).rejects.toMatchObject({ code: 'database_missing', status: 409 })
    expect([mariadb.done, existsSync(mariadb.imports)]).toEqual([[], false])
  })

  it('is cancelled: what was there is back', async () => {
    await withShop()
    const through = fail('cancelled')
    mariadb.runImport = (database, source) => {
      if (source.path.startsWith('/dumps')) return through(database, source)
      const cancelled = new Promise<void>((resolve) => source.cancel!.addEventListener('abort', () => resolve()))
      expect(cancel(task)).toBe(true)
      return cancelled.then(() => through(database, source))
    }
    await expect(importDump()).rejects.toMatchObject({ code: 'cancelled' })
    expect([content(), cancel(task)]).toEqual(['what was there', false])
  })

  it('whose panel is gone is cancelled like that', async () => {
    await withShop()
    const gone = new AbortController()
    const through = fail('cancelled')
    mariadb.runImport = (database, source) => {
      if (!source.path.startsWith('/dumps')) gone.abort()
      expect(source.cancel?.aborted ?? true).toBe(true)
      return through(database, source)
    }
    await expect(importDump({}, gone.signal)).rejects.toMatchObject({ code: 'cancelled' })
    expect(content()).toBe('what was there')
  })

  it('that waits for another of the same database is cancelled all the same, and touches nothing', async () => {
    await withShop()
    let finish!: () => void
    const first = recovered('shop', () => new Promise<void>((resolve) => (finish = resolve)))
    const [one, two] = [crypto.randomUUID(), crypto.randomUUID()]
    const waiting = [
      importDump({ task: one }),
      exportDatabase({ name: 'shop', dump, compression: 'gzip', most: null, task: two }, () => {}, nobody),
    ].map((each) => each.catch((error: unknown) => error))
    await vi.waitFor(() => expect(finish).toBeDefined())
    expect([cancel(one), cancel(two)]).toEqual([true, true])
    finish()
    await first
    expect(await Promise.all(waiting)).toMatchObject([{ code: 'cancelled' }, { code: 'cancelled' }])
    expect([content(), mariadb.done.filter((each) => each.startsWith('import') || each.startsWith('drop'))]).toEqual([
      'what was there',
      [],
    ])
  })

  it('one thing at a time happens to a database, and each to its own', async () => {
    await withShop()
    mariadb.databases.set('blog', { charset: 'utf8mb4', content: '' })
    const order: string[] = []
    const ends = new Map<string, () => void>()
    const work = (database: string, name: string) =>
      recovered(database, async () => {
        order.push(`${name} begins`)
        await new Promise<void>((resolve) => ends.set(name, resolve))
        order.push(`${name} ends`)
        if (name === 'a') throw refusal('a')
      })
    const all = [work('shop', 'a'), work('shop', 'b'), work('blog', 'c')]
    await vi.waitFor(() => expect([...ends.keys()].sort()).toEqual(['a', 'c']))
    expect(isBusy(), 'the agent does not leave meanwhile').toBe(true)
    ends.get('a')!()
    await expect(all[0]).rejects.toMatchObject({ code: 'a' })
    await vi.waitFor(() => expect(ends.has('b')).toBe(true))
    ends.get('b')!()
    ends.get('c')!()
    await Promise.all(all.slice(1))
    expect([order.filter((each) => !each.startsWith('c')), isBusy()]).toEqual([
      ['a begins', 'a ends', 'b begins', 'b ends'],
      false,
    ])
  })

  it('that a kill cut off is rolled back at the agent’s start', async () => {
    const log = vi.spyOn(console, 'log').mockReturnValue()
    onTestFinished(() => log.mockRestore())
    await withShop('half')
    await applyDatabase({ database: { name: 'blog', charset: 'latin1', full: false, users: [] }, gone: [] })
    mariadb.databases.set('blog', { charset: 'utf8mb4', content: 'half' })
    mariadb.done.length = 0
    mariadb.dumps.set(copy, 'what was there')
    mkdirSync(mariadb.imports)
    writeFileSync(marker(), JSON.stringify({ database: 'shop', charset: 'utf8mb4', copy }))
    writeFileSync(
      join(mariadb.imports, 'blog.json'),
      JSON.stringify({ database: 'blog', charset: 'latin1', copy: null }),
    )
    for (const other of ['.shop.json.0123456789ab', 'README']) writeFileSync(join(mariadb.imports, other), 'not one')
    await recoverImports()
    expect(mariadb.done[0], 'before anything else').toBe('end imports')
    await vi.waitFor(() => expect(readdirSync(mariadb.imports).sort()).toEqual(['.shop.json.0123456789ab', 'README']))
    expect([content(), mariadb.databases.get('blog')]).toEqual(['what was there', { charset: 'latin1', content: '' }])
    await recoverImports()
    expect(content(), 'and once is enough').toBe('what was there')
  })
})

describe('an export', () => {
  it('is of a database that is there', async () => {
    await expect(
      exportDatabase({ name: 'shop', dump, compression: 'none', most: null, task }, () => {}, nobody),
    ).rejects.toMatchObject({ code: 'database_missing' })
    await withShop()
    const told: number[] = []
    expect(
      await exportDatabase(
        { name: 'shop', dump, compression: 'none', most: null, task },
        ({ percent }) => told.push(percent),
        nobody,
      ),
    ).toEqual({ bytes: 14 })
    expect([told, mariadb.dumps.get(dump)]).toEqual([[0, 50], 'what was there'])
  })
})

describe('tasks', () => {
  it('are cancelled by their names as long as they run', async () => {
    const seen: boolean[] = []
    const work = (signal: AbortSignal) =>
      new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('ended early')))
    const going = cancellable('a', nobody, work)
    expect([cancel('b'), cancel('a')]).toEqual([false, true])
    expect(await going).toBe('ended early')
    expect(cancel('a')).toBe(false)
    await expect(cancellable('a', nobody, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(cancel('a')).toBe(false)
    await cancellable('a', AbortSignal.abort(), (signal) => Promise.resolve(seen.push(signal.aborted)))
    expect(seen, 'who asked was gone already').toEqual([true])
  })
})
