import { describe, expect, it } from 'vitest'
import { listAuditEntries } from '../../../lib/panel/store/audit.ts'
import { findDatabase } from '../../../lib/panel/store/databases.ts'
import { findJob } from '../../../lib/panel/store/jobs.ts'
import { refuse } from '../_agent.ts'
import { databaseOf, tokenFor } from '../_mariadb.ts'
import { newUser } from '../_users.ts'
import { jobOf, waiting, withShop } from './_shop.ts'

describe('cancelling', () => {
  it('is for whose job it is, who may, and what can be ended', async () => {
    const { state, work, cancel } = waiting({ bytes: 1 })
    const { panel, of, ctx, call } = await withShop({ 'databases.export': work, 'databases.cancel': cancel })
    const [ann, bob] = [await newUser(panel, 'zoe'), await newUser(panel, 'bob')]
    await call('POST /api/databases', { body: { name: 'zoes' }, headers: ann })
    const {
      body: { job },
    } = await databaseOf(panel, 'zoes')('POST', '/export', { body: {}, headers: { ...ann, prefer: '' } })
    await expect.poll(() => state.begun).toBe(1)
    expect(await jobOf(panel, job)('DELETE', bob)).toMatchObject({ status: 404, body: { code: 'job_not_found' } })
    expect(await jobOf(panel, job)('DELETE', await tokenFor(panel, ['jobs:read'], {}, ann))).toMatchObject({
      status: 403,
      body: { code: 'not_allowed' },
    })
    expect(state.cancelled).toBe(false)
    expect((await jobOf(panel, job)('DELETE', await tokenFor(panel, ['jobs:write'], {}, ann))).status).toBe(204)
    await expect.poll(() => findJob(ctx.db, job)?.state).toBe('failed')
    expect(await jobOf(panel, job)('DELETE', ann)).toMatchObject({
      status: 409,
      body: { code: 'job_not_cancellable', message: 'This job has ended already' },
    })
    let finish!: () => void
    const stubborn = ctx.jobs.start(
      { name: 'Work', path: '', subject: '', actor: 'admin' },
      () => new Promise<void>((resolve) => (finish = resolve)),
    )
    expect(await jobOf(panel, stubborn)('DELETE')).toMatchObject({
      status: 409,
      body: { code: 'job_not_cancellable', message: 'This job cannot be cancelled; it ends by itself' },
    })
    finish()
    expect((await jobOf(panel, crypto.randomUUID())('DELETE')).status).toBe(404)
    for (const hostile of ['..%2f', '$(id)', 'x'.repeat(64)])
      expect((await jobOf(panel, hostile)('DELETE')).status).toBeGreaterThanOrEqual(404)
    expect(findDatabase(ctx.db, 'zoes')?.pending).toBeNull()
    expect(listAuditEntries(ctx.db, 20).filter(({ action, ok }) => action === 'job.cancel' && ok)).toHaveLength(1)
    expect((await of('GET')).status).toBe(200)
  })

  it('that does not reach the agent ends nothing, and harms nobody', async () => {
    const { state, work } = waiting({ bytes: 1 })
    const { panel, of, mariadb } = await withShop({
      'databases.export': work,
      'databases.cancel': refuse('agent_unreachable'),
    })
    const {
      body: { job },
    } = await of('POST', '/export', { body: {}, headers: { prefer: '' } })
    await expect.poll(() => state.begun).toBe(1)
    expect((await jobOf(panel, job)('DELETE')).status).toBe(204)
    expect(findJob(panel.ctx.db, job)?.state).toBe('running')
    state.finish()
    await expect.poll(() => findJob(panel.ctx.db, job)?.state).toBe('done')
    expect(mariadb.asked('databases.cancel')).toHaveLength(1)
  })
})
