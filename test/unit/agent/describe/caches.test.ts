import { describe, expect, it } from 'vitest'
import { describeSite } from '../../../../lib/agent/sites/describe-site.ts'
import { describeServer } from '../../../../lib/agent/server/describe-server.ts'
import { describeRedisUsers } from '../../../../lib/agent/caches/redis.ts'
import { siteSpec } from '../../../_site-spec.ts'
import { facts, serverFacts } from '../../_facts.ts'
import { outline } from './_outline.ts'

describe('a site with caches', () => {
  const spec = siteSpec({
    runtime: 'php',
    phpVersion: '8.2',
    cache: { redis: { hash: 'c'.repeat(64) }, page: { minutes: 5, bypassCookies: [], byDevice: false }, scripts: true },
  })

  it('has a user of Redis that no plan shows, and a directory of nginx’s', () => {
    expect(outline(describeSite(spec, facts)).filter((line) => /redis|cache/.test(line))).toEqual([
      'file /etc/hosting-panel/redis/s-example-test-9b263fbc.acl root:root 600',
      'directory /var/cache/hosting-panel/pages/example.test www-data:www-data 700',
    ])
    const telling = describeSite(spec, facts).filter((resource) => JSON.stringify(resource).includes('c'.repeat(64)))
    expect(telling.map(({ name, secret }) => [name, secret])).toEqual([
      ['/etc/hosting-panel/redis/s-example-test-9b263fbc.acl', true],
    ])
  })

  it('adds up to Redis’s users; where there is no Redis there are none', () => {
    const [users, ...others] = describeRedisUsers([spec, siteSpec({ domain: 'other.test' })], facts)
    expect(others).toEqual([])
    expect(users).toMatchObject({
      kind: 'file',
      name: '/etc/hosting-panel/redis.acl',
      secret: true,
      state: { owner: 'root', group: 'redis', mode: 0o640 },
    })
    expect((users!.state as { content: string }).content.split('\n').map((line) => line.split(' ')[1])).toEqual([
      'default',
      'hosting-panel',
      's-example-test-9b263fbc',
      undefined,
    ])
    expect(describeRedisUsers([spec], { ...facts, redis: null })).toEqual([])
    expect(
      outline(describeServer({ certificate: null, serverName: 'panel.test' }, { ...serverFacts, redis: null })).filter(
        (line) => line.includes('redis.conf'),
      ),
    ).toEqual([])
    expect(outline(describeServer({ certificate: null, serverName: 'panel.test' }, serverFacts))).toContain(
      'file /etc/redis/redis.conf root:redis 640',
    )
  })
})
