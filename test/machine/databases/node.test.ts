import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { addRealApp } from '../apps/_real.ts'
import { appJob } from '../apps/_tiny.ts'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { deleteSite } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { createDatabase, importDump, removeDatabase } from './_helpers.ts'

const domain = 'orders.test'

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await addRealApp(machine, panel, {
    domain,
    runtime: 'node',
    app: {},
    files: {
      'package.json': JSON.stringify({ scripts: { start: 'node main.mjs' }, dependencies: { mysql2: '^3.0.0' } }),
      'main.mjs': `
import { createServer } from 'node:http'
import { createPool } from 'mysql2/promise'
const pool = createPool(process.env.DATABASE_URL)
createServer(async (request, response) => {
  const id = Number(request.url.slice(1)) || 1
  const [rows] = await pool.query('SELECT name FROM orders WHERE id = ?', [id])
    .catch((error) => [[{ name: error.message }]])
  response.end(rows[0]?.name ?? 'none')
}).listen(process.env.PORT, process.env.HOST)
`,
    },
  })
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  await removeDatabase(panel, 'orders')
  await deleteSite(panel, domain)
})

it('an app comes in by the URL that the panel gives, with mysql2', async () => {
  const { url } = await createDatabase(panel, 'orders', { site: domain })
  await importDump(
    panel,
    'orders',
    "CREATE TABLE orders (id INT PRIMARY KEY, name TEXT); INSERT INTO orders VALUES (1, 'tea'), (2, 'kèks');",
  )
  expect((await panel.patch(`/sites/${domain}/app/env`, { DATABASE_URL: url })).status).toBeLessThan(300)
  expect((await appJob(panel, domain, 'start')).error).toBeNull()
  expect([
    (await site(machine, domain, '/1')).body,
    (await site(machine, domain, '/2')).body,
    (await site(machine, domain, '/3')).body,
  ]).toEqual(['tea', 'kèks', 'none'])
}, 900_000)
