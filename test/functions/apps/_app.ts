import { newApp } from '../../../lib/model/apps/schema.ts'
import type { Panel } from '../_harness.ts'
import { putSite } from '../_users.ts'

/**
 * A settled Node site in the store; no machine stands behind these tests. The real supervisor is in test/machine/apps.
 */
export function putApp(panel: Panel, domain: string, owner: string | null, port: number): void {
  const app = { ...newApp('node', port), env: { KEY: 'canary' }, command: ['node', 'a.js'] }
  putSite(panel, domain, owner, { runtime: 'node', app })
}

export const at = (path: string) => ({ path: `/api/sites/a.test/app${path}` })
