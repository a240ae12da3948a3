import { expect, it } from 'vitest'
import { inspectDump } from '../../../../lib/drivers/mariadb/imports.ts'
import { dumpFile } from '../../../../lib/drivers/mariadb/dumps.ts'

it('a dump whose file is gone is told as such', async () => {
  await expect(inspectDump(dumpFile('0'.repeat(32)))).rejects.toMatchObject({
    code: 'dump_not_found',
    status: 404,
    message: 'The dump’s file is gone from this server; choose another dump',
  })
})
