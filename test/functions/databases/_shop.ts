import { expect } from 'vitest'
import { PanelError } from '../../../lib/model/errors.ts'
import type { Answers } from '../_agent.ts'
import type { Answer, Panel } from '../_harness.ts'
import { databaseOf, newDatabases, panelWithMariadb } from '../_mariadb.ts'

export const id = expect.stringMatching(/^[0-9a-f]{32}$/)
export const DAY = 86_400_000
export const sql = (body = 'SELECT 1;\n', type = 'application/sql') => ({ body, headers: { 'content-type': type } })

/** A panel whose database `shop` has one user. */
export async function withShop(answers?: Answers) {
  const made = await panelWithMariadb(answers)
  await newDatabases(made.panel, { name: 'shop', user: 'ann' })
  made.mariadb.reset()
  return { ...made, of: databaseOf(made.panel, 'shop') }
}

/** An answer that waits until it is cancelled or let go, as the agent's would. */
export function waiting<T>(answer: T) {
  const state = { begun: 0, cancelled: false, finish: () => {}, refuse: (_: PanelError) => {} }
  const work = () =>
    new Promise<T>((resolve, reject) => {
      state.begun++
      Object.assign(state, { finish: () => resolve(answer), refuse: reject })
    })
  const cancel = () => {
    state.cancelled = true
    state.refuse(new PanelError('cancelled', 409, 'This was cancelled'))
    return { found: true }
  }
  return { state, work, cancel }
}

export const jobOf =
  ({ call }: Panel, job: string) =>
  (method: string, headers?: Record<string, string>): Promise<Answer> =>
    call(`${method} /api/jobs/{job}`, { path: `/api/jobs/${job}`, ...(headers && { headers }) })
