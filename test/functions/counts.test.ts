import { expect, it } from 'vitest'
import { openPanel } from './_harness.ts'
import { newPerson, newToken, putSite } from './_people.ts'

it('tells a customer how many of their own sites there are, and nothing of how many others have', async () => {
  const panel = await openPanel()
  await panel.signIn()
  const [ann, bob] = [await newPerson(panel, 'ann'), await newPerson(panel, 'bob')]
  panel.ctx.agent = {
    call: ((operation: string) =>
      Promise.resolve(
        operation === 'php.list'
          ? { versions: [{ version: '8.2', installed: true, available: true }] }
          : { versions: [{ version: '22', fullVersion: '22.1.0' }] },
      )) as never,
  }
  putSite(panel, 'ann.test', 'ann')
  for (let index = 0; index < 7; index++) putSite(panel, `bob${index}.test`, 'bob')
  putSite(panel, 'everybodys.test', null)
  const set =
    "UPDATE sites SET spec = json_set(spec, '$.runtime', 'php', '$.phpVersion', '8.2', '$.app', " +
    'json(\'{"nodeVersion":"22","port":null}\'))'
  panel.ctx.db.sqlite.prepare(set).run()
  const counts = async (headers?: Record<string, string>) => {
    const of = async (runtime: string, version: string) =>
      (
        (await panel.call(`GET /api/${runtime}/versions`, headers && { headers })).body.versions as {
          version: string
          sites: number
        }[]
      ).find((one) => one.version === version)!.sites
    return [await of('php', '8.2'), await of('node', '22')]
  }
  const oneSite = await newToken(panel, { scopes: ['php:read', 'node:read'], site: 'bob3.test' }, bob)
  expect([await counts(ann), await counts(bob), await counts(oneSite.headers), await counts()]).toEqual([
    [1, 1],
    [7, 7],
    [1, 1],
    [9, 9],
  ])
})

it('answers one customer the same however much another has', async () => {
  const panel = await openPanel()
  await panel.signIn()
  const ann = await newPerson(panel, 'ann')
  putSite(panel, 'ann.test', 'ann')
  const lists = [
    '/api/sites',
    '/api/dumps',
    '/api/jobs',
    '/api/alerts',
    '/api/certificates',
    '/api/tokens',
    '/api/account',
    '/api/session',
    '/api/dns-providers',
    '/api/sites/{site}',
  ]
  const ask = async () =>
    Promise.all(
      lists.map(async (path) => {
        const { status, body, headers } = await panel.call(`GET ${path}`, {
          path: path.replace('{site}', 'ann.test'),
          headers: ann,
        })
        return [path, status, body as unknown, [...headers].filter(([name]) => name !== 'date')]
      }),
    )
  const alone = await ask()
  const bob = await newPerson(panel, 'bob')
  for (let index = 0; index < 30; index++) putSite(panel, `bob${index}.test`, 'bob')
  for (let index = 0; index < 5; index++) await newToken(panel, { scopes: ['sites:read'] }, bob)
  const site = 'bob1.test'
  const job = panel.ctx.jobs.start({ name: 'Work', path: `/sites/${site}/x`, subject: site, site, actor: 'bob' }, () =>
    Promise.resolve(1),
  )
  await panel.ctx.jobs.settled(job, 10)
  panel.ctx.db.sqlite
    .prepare(
      "INSERT INTO alerts (key, site, severity, message, since) VALUES ('x', ?, 'warning', 'Of Bob', '2026-11-23')",
    )
    .run(site)
  expect(await ask()).toEqual(alone)
})
