import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { addAuditEntry, firstBrokenRow, listAuditEntries } from '../../../lib/panel/store/audit.ts'
import { migrate, readableFrom } from '../../../lib/panel/store/migrate.ts'
import { initial } from '../../../lib/panel/store/migrations/0001-initial.ts'
import { people } from '../../../lib/panel/store/migrations/0002-people.ts'
import { apps } from '../../../lib/panel/store/migrations/0003-apps.ts'
import { certificates } from '../../../lib/panel/store/migrations/0004-certificates.ts'
import { databases } from '../../../lib/panel/store/migrations/0005-databases.ts'
import { caches } from '../../../lib/panel/store/migrations/0006-caches.ts'
import { jobs } from '../../../lib/panel/store/migrations/0007-jobs.ts'
import { makers } from '../../../lib/panel/store/migrations/0008-makers.ts'
import { storage } from '../../../lib/panel/store/migrations/0009-storage.ts'
import { openStore } from '../../../lib/panel/store/open.ts'
import { findPending } from '../../../lib/panel/store/pending-changes.ts'
import { findSite, listSites, revertChange } from '../../../lib/panel/store/sites.ts'
import { findUser } from '../../../lib/panel/store/users.ts'
import { webDefaults } from '../../../lib/model/sites/web-settings.ts'
import { siteSpec } from '../../_site-spec.ts'
import { namesOf, ownDirectory } from './_store.ts'

it('a database is copied before it is migrated, and a step that fails leaves it as it was', () => {
  const path = join(ownDirectory(), 'panel.db')
  const db = new BetterSqlite(path)
  const first = 'CREATE TABLE a (x)'
  migrate(db, path, [first])
  db.exec('INSERT INTO a VALUES (7)')
  const copies = () => readdirSync(join(path, '..')).filter((name) => name.includes('.before-'))
  expect(copies()).toEqual([])
  expect(() => migrate(db, path, [first, 'CREATE TABLE b (x); INSERT INTO nowhere VALUES (1)'])).toThrow(/nowhere/)
  expect(db.pragma('user_version', { simple: true })).toBe(1)
  expect(db.prepare("SELECT name FROM sqlite_master WHERE name = 'b'").all()).toEqual([])
  expect(copies()).toHaveLength(1)
  expect(statSync(join(path, '..', copies()[0]!)).mode & 0o777).toBe(0o600)
  expect(new BetterSqlite(join(path, '..', copies()[0]!)).prepare('SELECT x FROM a').all()).toEqual([{ x: 7 }])
  for (let version = 2; version < 10; version++) migrate(db, path, [first, ...Array<string>(version).fill('SELECT 1')])
  expect(copies()).toHaveLength(5)
  expect(() => migrate(db, path, [first])).toThrow(/newer panel/)
})

it('tables of a newer release are left alone where they say that this one can read them', () => {
  const path = join(ownDirectory(), 'panel.db')
  const db = new BetterSqlite(path)
  const steps = Array<string>(readableFrom + 2).fill('SELECT 1')
  migrate(db, path, steps)
  migrate(db, path, steps.slice(0, readableFrom))
  expect(db.pragma('user_version', { simple: true })).toBe(readableFrom + 2)
  expect(() => migrate(db, path, steps.slice(0, readableFrom - 1))).toThrow(/newer panel/)
  db.pragma('application_id = 0')
  expect(() => migrate(db, path, steps.slice(0, readableFrom)), 'who wrote it did not say').toThrow(/newer panel/)
})

it('what an earlier version kept is kept, and the record’s chain begins after it', async () => {
  const path = join(ownDirectory(), 'panel.db')
  const old = new BetterSqlite(path)
  migrate(old, path, [initial])
  old.exec(`
    INSERT INTO users VALUES ('admin', 'a hash', 'admin', '2026-01-01');
    INSERT INTO sites VALUES ('a.test', '{"domain":"a.test"}', NULL, NULL, '2026-01-01', '2026-01-01');
    INSERT INTO audit (at, address, action, ok, details)
      VALUES ('2026-11-01', 'x', 'site.create', 1, 'null'), ('2026-11-02', 'x', 'site.update', 1, 'null')`)
  old.close()
  const store = await openStore(path)
  onTestFinished(() => store.close())
  expect(findUser(store, 'admin')).toMatchObject({ role: 'admin', limits: { sites: null }, totpSecret: null })
  expect(listSites(store)).toMatchObject([{ owner: null, pending: null }])
  addAuditEntry(store, {
    at: '2026-11-03',
    actor: null,
    address: 'x',
    action: 'y',
    object: null,
    ok: true,
    code: null,
    details: null,
    before: undefined,
    after: undefined,
  })
  expect(listAuditEntries(store, 9).map(({ id }) => id)).toEqual([3, 2, 1])
  expect(firstBrokenRow(store)).toBeNull()
  store.sqlite.exec("UPDATE audit SET actor = 'eve' WHERE id = 3")
  expect(firstBrokenRow(store)).toBe(3)
})

it('sites of a panel without certificates keep what they have, and get none', async () => {
  const path = join(ownDirectory(), 'panel.db')
  const old = new BetterSqlite(path)
  migrate(old, path, [initial, people, apps])
  const {
    certificate: _,
    httpsRedirect: __,
    hsts: ___,
    hstsBefore: ____,
    cache: _____,
    ...latest
  } = siteSpec({ domain: 'a.test', aliases: ['www.a.test'] })
  const php = { ini: {}, openBasedir: [] }
  const since = { ...webDefaults, proxyHere: false, directives: '', phpSettings: php }
  const spec = Object.fromEntries(Object.entries(latest).filter(([key]) => !(key in since)))
  const insert = old.prepare(
    'INSERT INTO sites (domain, spec, previous, intent, created_at, updated_at) VALUES (?, ?, ?, ?, ' +
      "'2026-01-01', '2026-01-01')",
  )
  insert.run('a.test', JSON.stringify(spec), null, null)
  const other = { ...spec, domain: 'b.test', aliases: [] }
  insert.run('b.test', JSON.stringify(other), JSON.stringify({ ...other, bodyLimitMb: 1 }), 'update')
  old.prepare("INSERT INTO site_names VALUES ('www.a.test', 'a.test')").run()
  old.close()
  const store = await openStore(path)
  onTestFinished(() => store.close())
  const wanted = {
    certificate: null,
    httpsRedirect: true,
    hsts: false,
    hstsBefore: false,
    cache: { redis: null, page: null, scripts: true },
    ...since,
  }
  expect(listSites(store).map(({ spec }) => spec)).toEqual([
    { ...spec, ...wanted },
    { ...other, ...wanted },
  ])
  expect(findPending(store, 'site', 'b.test')).toMatchObject({ change: 'update', desired: null })
  revertChange(store, 'b.test', namesOf)
  expect(findSite(store, 'b.test')?.spec, 'also what a change goes back to').toEqual({
    ...other,
    ...wanted,
    bodyLimitMb: 1,
  })
  expect(store.sqlite.pragma('user_version', { simple: true })).toBe(11)
  expect(readdirSync(join(path, '..')).filter((name) => /before-.*-v3$/.test(name))).toHaveLength(1)
})

it.each([
  ['php', 64, 256, 256],
  ['php', 128, 64, 128],
  ['static', 64, 256, 64],
])(
  'of the two limits of uploads of a %s site (%i, %i) the larger stays that counted',
  async (runtime, body, php, kept) => {
    const path = join(ownDirectory(), 'panel.db')
    const old = new BetterSqlite(path)
    migrate(old, path, [initial, people, apps])
    const { phpSettings, ...spec } = siteSpec({ domain: 'a.test' })
    const before = { ...spec, runtime, bodyLimitMb: body, phpSettings: { ...phpSettings, uploadMaxMb: php } }
    old
      .prepare(
        'INSERT INTO sites (domain, spec, previous, intent, created_at, updated_at) ' +
          "VALUES ('a.test', ?, ?, 'update', '2026-01-01', '2026-01-01')",
      )
      .run(JSON.stringify(before), JSON.stringify(before))
    old.close()
    const store = await openStore(path)
    onTestFinished(() => store.close())
    const wanted = { bodyLimitMb: kept, phpSettings }
    expect(findSite(store, 'a.test')?.spec).toMatchObject(wanted)
    expect(findSite(store, 'a.test')?.spec.phpSettings).toEqual(phpSettings)
    revertChange(store, 'a.test', namesOf)
    expect(findSite(store, 'a.test')?.spec).toMatchObject(wanted)
    expect(findSite(store, 'a.test')?.spec.phpSettings).toEqual(phpSettings)
  },
)

it('changes that an older panel had begun are begun still', async () => {
  const path = join(ownDirectory(), 'panel.db')
  const old = new BetterSqlite(path)
  migrate(old, path, [initial, people, apps, certificates, databases, caches, jobs, makers, storage])
  old.exec(`
    INSERT INTO users (username, password, role, created_at) VALUES ('ann', 'x', 'user', 'x');
    INSERT INTO sites (domain, spec, previous, previous_owner, intent, created_at, updated_at)
      VALUES ('a.test', '{"n":2}', '{"n":1}', 'ann', 'update', 'x', 'x'),
        ('new.test', '{"n":1}', NULL, NULL, 'create', 'x', 'x'),
        ('still.test', '{"n":1}', NULL, NULL, NULL, 'x', 'x');
    INSERT INTO databases (name, spec, previous, intent, dump, created_at)
      VALUES ('shop', '{"n":2}', '{"n":2}', 'delete', 'd1', 'x'), ('still', '{}', NULL, NULL, NULL, 'x');
    INSERT INTO kv (key, value)
      VALUES ('wish:bans', '{"value":{"ignore":[]},"expiresAt":null}'), ('bans', '{"value":1}')`)
  old.close()
  const store = await openStore(path)
  onTestFinished(() => store.close())
  const pending = store.sqlite.prepare(
    'SELECT kind, name, change, desired, previous FROM pending_changes ORDER BY 1, 2',
  )
  const php = { ini: {}, openBasedir: [] }
  const own = { proxyHere: false, directives: '', redirects: [], basicAuth: [], cache: { scripts: true } }
  const since = { ...webDefaults, ...own, phpSettings: php }
  const rows = pending.raw().all() as (string | null)[][]
  expect(
    rows.map(([kind, name, change, ...both]) => [
      kind,
      name,
      change,
      ...both.map((text) => text && (JSON.parse(text) as unknown)),
    ]),
  ).toEqual([
    ['bans', 'bans', 'update', { ignore: [] }, null],
    ['database', 'shop', 'delete', { dump: 'd1' }, { n: 2 }],
    ['site', 'a.test', 'update', null, { spec: { n: 1, ...since }, owner: 'ann' }],
    ['site', 'new.test', 'create', null, null],
  ])
  expect(store.sqlite.prepare('SELECT key FROM kv').pluck().all()).toEqual(['bans'])
})
