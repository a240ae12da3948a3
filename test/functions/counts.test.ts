import { expect, it } from 'vitest'
import { newApp } from '../../lib/model/apps/schema.ts'
import { withAgent } from './_agent.ts'
import { openPanel } from './_harness.ts'
import { newUser, newToken, putSite } from './_users.ts'

it('tells a customer how many of their own sites there are, and nothing of how many others have', async () => {
  const panel = await openPanel()
  await panel.signIn()
  const [ann, bob] = [await newUser(panel, 'ann'), await newUser(panel, 'bob')]
  withAgent(panel.ctx)
  const owners = ['ann', ...Array<string>(7).fill('bob'), null]
  for (const [index, owner] of owners.entries()) {
    const app = { ...newApp('node', 20_000 + index), nodeVersion: '22' as const }
    putSite(panel, `${owner ?? 'everybody'}${index}.test`, owner, { runtime: 'php', phpVersion: '8.2', app })
  }
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
  const ann = await newUser(panel, 'ann')
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
  const bob = await newUser(panel, 'bob')
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
