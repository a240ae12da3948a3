import { expect, it } from 'vitest'
import { toRoute } from '../../lib/panel/http/scan.ts'

it.each([
  ['sites/index.get.ts', { method: 'get', path: '/api/sites' }],
  ['sites/[site]/index.patch.ts', { method: 'patch', path: '/api/sites/{site}' }],
  ['jobs/[job]/events.get.ts', { method: 'get', path: '/api/jobs/{job}/events' }],
  ['openapi.json.get.ts', { method: 'get', path: '/api/openapi.json' }],
  ['session/_session.ts', null],
  ['_private/a.get.ts', null],
  ['readme.md', null],
])('%s is routed as %j', (file, route) => expect(toRoute(file)).toEqual(route))
