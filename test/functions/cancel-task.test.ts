import { expect, it } from 'vitest'
import { cancelWith } from '../../lib/panel/databases/task.ts'
import { withAgent } from './_agent.ts'
import { openPanel } from './_harness.ts'

it('a task that the agent does not know yet is cancelled once it does, and no longer than its job runs', async () => {
  const { ctx } = await openPanel()
  let known = false
  const agent = withAgent(ctx, { 'databases.cancel': () => ({ found: known }) })
  const asked = () => agent.asked('databases.cancel').length
  const begin = () => {
    let end = () => {}
    const id = ctx.jobs.start({ name: 'Work', path: '', subject: '', site: null, actor: 'admin' }, (job) => {
      cancelWith(ctx, job)
      return new Promise<void>((resolve) => (end = resolve))
    })
    return { id, end: () => end() }
  }
  const [first, second] = [begin(), begin()]
  ctx.jobs.cancel(first.id)
  await expect.poll(asked).toBeGreaterThan(1)
  known = true
  const [last] = agent.asked('databases.cancel').slice(-1)
  expect(last).toEqual({ task: first.id })
  first.end()
  second.end()
  await Promise.all([first, second].map(({ id }) => ctx.jobs.settled(id, 5)))
  expect([first, second].map(({ id }) => ctx.jobs.isCancellable(id))).toEqual([false, false])
})
