import { beforeAll, expect, it } from 'vitest'
import { call, node, target, type Target } from './_attack.ts'
import { filled } from './_schema.ts'

const hostile = [
  "' OR 1=1 --",
  "'; DROP TABLE audit; --",
  '1; DELETE FROM users',
  "' UNION SELECT password FROM users --",
  '" OR ""="',
  '%',
  '_',
  '*',
  '(SELECT 1)',
  "x' AND randomblob(100000000) --",
  'id DESC; --',
  "\\' OR 1=1",
  '1e999',
  '0x41',
  '[object Object]',
  "admin'--",
]

const dump = `
const path = '/opt/hosting-panel/data/panel.db'
const db = require('/opt/hosting-panel/current/node_modules/better-sqlite3')(path, { readonly: true })
const schema = db.prepare("SELECT name, sql FROM sqlite_master ORDER BY name").all()
for (const { name, sql } of schema) console.log(name, sql)
const people = ['users', 'tokens', 'passkeys', 'recovery_codes']
for (const table of [...people, 'sites', 'site_names', 'databases', 'database_users', 'dumps']) {
  const rows = db.prepare('SELECT * FROM ' + table).all().map(({ last_used_at, ...row }) => row)
  console.log(table, JSON.stringify(rows))
}`

let on: Target
beforeAll(async () => {
  on = await target()
})

it('no filter, name or order of any function reaches the database as more than a value', async () => {
  const before = await node(on.machine, dump)
  let sent = 0
  for (const operation of on.operations.filter(({ method, stream }) => method === 'GET' && !stream)) {
    for (const { name, in: where } of operation.parameters) {
      for (const value of hostile) {
        const at = filled(operation.path, where === 'path' ? { [name]: value } : {})
        const started = Date.now()
        const { status, body } = await call(on.panel, {
          method: 'GET',
          path: where === 'path' ? at : `${at}?${new URLSearchParams({ [name]: value }).toString()}`,
        })
        expect([operation.name, value, status]).toEqual([
          operation.name,
          value,
          expect.toSatisfy((code: number) => [200, 404, 409, 422].includes(code)),
        ])
        expect(Date.now() - started).toBeLessThan(2_000)
        expect(JSON.stringify(body)).not.toMatch(/\$argon2|SQLITE|sqlite_master/)
        if (status === 200 && body.entries)
          expect(body.entries.length, `${operation.name}?${name}=${value}`).toBeLessThanOrEqual(
            value === '%' || value === '_' || value === '*' ? 100 : 60,
          )
        sent++
      }
      expect(
        (await call(on.panel, { method: 'GET', path: `${filled(operation.path, {})}?sort=id;DROP` })).status,
      ).toBeGreaterThanOrEqual(404)
    }
  }
  expect(sent).toBeGreaterThan(100)
  expect(await node(on.machine, dump)).toBe(before)
}, 300_000)

it('the same words do harm where they are put into the text of a query (control)', async () => {
  const answer = await node(
    on.machine,
    `
    const db = require('/opt/hosting-panel/current/node_modules/better-sqlite3')(':memory:')
    db.exec("CREATE TABLE users (name TEXT, password TEXT)")
    db.exec("INSERT INTO users VALUES ('a', 'secret-a'), ('b', 'secret-b')")
    const naive = (name) => db.prepare("SELECT name FROM users WHERE name = '" + name + "'").all()
    console.log(naive('c').length, naive(process.argv[1]).length, JSON.stringify(naive(process.argv[2])))`,
    hostile[0]!,
    hostile[3]!,
  )
  expect(answer).toBe('0 2 [{"name":"secret-a"},{"name":"secret-b"}]')
})
