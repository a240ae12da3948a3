import { afterAll, beforeEach, onTestFailed } from 'vitest'
import { api } from './http.ts'
import { existing } from './machine.ts'
import { sharedName } from './use-machine.ts'

/**
 * Removes the sites that a file with a failed test left on the shared machine, so that its failure stays the only one.
 * A file in which all went well removes its own.
 */
let failed = false
beforeEach(() =>
  onTestFailed(() => {
    failed = true
  }),
)
afterAll(async () => {
  const machine = failed ? await existing(sharedName()).catch(() => null) : null
  if (!machine) return
  const panel = await api(machine)
  const { sites } = (await panel.get('/sites')).body as { sites: { domain: string }[] }
  await Promise.all(sites.map(({ domain }) => panel.delete(`/sites/${domain}?purge=true`)))
})
