import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { tellConnections } from '../../lib/panel/alerts/connections.ts'
import { listAlerts } from '../../lib/panel/store/alerts.ts'
import { siteUser } from '../../lib/model/sites/names.ts'
import { withMariadb } from './_mariadb.ts'
import { openPanel } from './_harness.ts'

it('a site that took too many connections has an alert for as long as it is barred', async () => {
  const panel = await openPanel()
  await panel.signIn()
  withMariadb(panel.ctx)
  expect((await panel.call('POST /api/sites', { body: { domain: 'greedy.test', runtime: 'static' } })).status).toBe(201)
  const directory = join(mkdtempSync(join(tmpdir(), 'hosting-panel-')), 'banned')
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const alerts = () => listAlerts(panel.ctx.db).map(({ key, site, message }) => [key, site, message])
  const tell = () => tellConnections(panel.ctx, new Date(), directory)
  tell()
  expect(alerts()).toEqual([])
  mkdirSync(directory)
  writeFileSync(join(directory, `${siteUser('greedy.test')}.mysqld`), '1001 312 /run/mysqld/mysqld.sock\n')
  writeFileSync(join(directory, `${siteUser('other.test')}.mysqld`), '1002 999 /run/mysqld/mysqld.sock\n')
  tell()
  tell()
  expect(alerts()).toEqual([
    [
      'connections:greedy.test:mysqld',
      'greedy.test',
      expect.stringContaining('greedy.test held 312 connections to MariaDB'),
    ],
  ])
  rmSync(directory, { recursive: true })
  tell()
  expect(alerts()).toEqual([])
})
