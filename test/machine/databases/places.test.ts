import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output, writeFile } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { itInSoak } from '../../_cases.ts'
import { ended, importDump, removeDatabase, sql } from './_helpers.ts'
import { expectKept, makeKept } from './_kept.ts'

let machine: Machine
let panel: Api
let before: string

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  before = await makeKept(machine, panel)
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  await removeDatabase(panel, 'kept')
})

const asItWas = () => expectKept(machine, before)

describe('the disk is full', () => {
  it('where dumps are kept: none is begun, and what was there stays', async () => {
    await output(machine, 'sh', '-c', 'mount -t tmpfs -o size=2m,mode=0750 tmpfs /var/lib/hosting-panel-dumps')
    try {
      expect((await ended(panel, 'POST', '/databases/kept/export', {})).error).toMatchObject({ code: 'disk_full' })
      expect((await importDump(panel, 'kept', 'DROP TABLE t;')).error).toMatchObject({ code: 'disk_full' })
      expect((await ended(panel, 'DELETE', '/databases/kept')).error).toMatchObject({ code: 'disk_full' })
    } finally {
      await output(machine, 'umount', '/var/lib/hosting-panel-dumps')
    }
    await asItWas()
  })

  itInSoak(
    'fills up while a dump is written: it is ended, and no part of it is kept',
    async () => {
      await sql(
        machine,
        'kept',
        'CREATE TABLE wide AS SELECT seq, CONCAT(MD5(RAND()), SHA1(RAND()), SHA2(RAND(), 512)) AS text FROM ' +
          'seq_1_to_1500000',
      )
      await output(machine, 'sh', '-c', 'mount -t tmpfs -o size=270m,mode=0750 tmpfs /var/lib/hosting-panel-dumps')
      try {
        expect((await ended(panel, 'POST', '/databases/kept/export', { compression: 'none' })).error).toMatchObject({
          code: 'disk_full',
        })
        expect(await output(machine, 'ls', '-A', '/var/lib/hosting-panel-dumps')).toBe('')
      } finally {
        await output(machine, 'umount', '/var/lib/hosting-panel-dumps')
        await sql(machine, 'kept', 'DROP TABLE wide')
      }
    },
    300_000,
  )

  it('where uploads arrive: the file is not taken', async () => {
    await output(
      machine,
      'sh',
      '-c',
      'mkdir -p /opt/hosting-panel/data/uploads; mount -t tmpfs -o size=2m,mode=0700,uid=$(id -u ' +
        'hosting-panel) tmpfs /opt/hosting-panel/data/uploads; systemctl restart hosting-panel',
    )
    try {
      await expect.poll(async () => (await panel.get('/health')).status, { timeout: 90_000 }).toBe(200)
      expect(await panel.send('POST', '/databases/kept/import', Buffer.from('DROP TABLE t;'))).toMatchObject({
        status: 507,
        body: { code: 'disk_full' },
      })
    } finally {
      await output(machine, 'sh', '-c', 'umount -l /opt/hosting-panel/data/uploads; systemctl restart hosting-panel')
      await expect.poll(async () => (await panel.get('/health')).status, { timeout: 90_000 }).toBe(200)
    }
    await asItWas()
  }, 300_000)
})

it('a link in the place of an upload or a dump is not followed', async () => {
  await writeFile(machine, '/root/secret.sql', 'DROP TABLE t;')
  const { result } = await ended(panel, 'POST', '/databases/kept/export', { compression: 'none' })
  await output(machine, 'ln', '-sfn', '/root/secret.sql', `/var/lib/hosting-panel-dumps/${String(result!.id)}`)
  expect((await ended(panel, 'POST', `/dumps/${String(result!.id)}/restore`, { database: 'kept' })).state).toBe(
    'failed',
  )
  await asItWas()
})
