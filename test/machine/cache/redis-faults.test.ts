import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output, deleteSite, writeFile } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { administrator, cacheOf, redis, redisSite, type Account } from './_cache.ts'

let machine: Machine
let panel: Api
let one: Account
let two: Account
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  one = await redisSite(panel, 'one.test')
  two = await redisSite(panel, 'two.test')
})
afterAll(async () => {
  await deleteSite(panel, 'one.test')
  await deleteSite(panel, 'two.test')
})
beforeEach(() => showJournalOnFailure(machine))

const drift = async () => (await panel.get('/drift')).body.changes as { kind: string; name: string; diff?: string }[]
const convergeServer = async () => (await panel.post('/drift', undefined, { prefer: 'wait=60' })).body

describe('Redis', () => {
  it('that is stopped is told of and holds no change up; what was changed is there at its start', async () => {
    await output(machine, 'systemctl', 'stop', 'redis-server')
    const { body } = await panel.get('/sites/one.test/cache')
    expect(body).toMatchObject({
      redis: { keys: null, bytes: null },
      problem: expect.stringContaining('systemctl start redis-server'),
    })
    expect((await panel.post('/sites/one.test/cache/flush')).body.code).toBe('redis_down')
    const renewed = await panel.post('/sites/one.test/cache/password')
    expect(renewed.status).toBe(200)
    expect(await drift()).toEqual([expect.objectContaining({ kind: 'redis', name: 'redis-server' })])
    await output(machine, 'systemctl', 'start', 'redis-server')
    one = renewed.body.redis
    expect(await redis(machine, one, ['ping'])).toBe('PONG')
    expect(await drift()).toEqual([])
  })

  it('whose users somebody changed while it runs gets them back', async () => {
    await output(
      machine,
      'sh',
      '-c',
      `redis-cli --no-auth-warning --user hosting-panel --pass "$(${administrator})" acl setuser ` +
        `${one.username} '~*' +@all; redis-cli --no-auth-warning --user hosting-panel --pass ` +
        `"$(${administrator})" acl setuser stranger on nopass '~*' +@all; redis-cli --no-auth-warning --user ` +
        `hosting-panel --pass "$(${administrator})" acl setuser default on nopass`,
    )
    expect((await drift()).map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual(
      ['redis default', `redis ${one.username}`, 'redis stranger'].sort(),
    )
    expect((await convergeServer()).state).toBe('done')
    expect(await drift()).toEqual([])
    expect(await redis(machine, one, ['get', `${two.username}:a`])).toMatch(/NOPERM/)
  })

  it('whose files somebody changed gets them back', async () => {
    await output(
      machine,
      'sh',
      '-c',
      `echo 'user evil on nopass ~* +@all' >> /etc/hosting-panel/redis.acl; sed -i 's/^maxmemory ` +
        `100mb/maxmemory 7mb/' /etc/redis/redis.conf; systemctl restart redis-server`,
    )
    expect((await drift()).map(({ name }) => name).sort()).toEqual([
      '/etc/hosting-panel/redis.acl',
      '/etc/redis/redis.conf',
      'evil',
    ])
    expect((await convergeServer()).state).toBe('done')
    expect(await drift()).toEqual([])
    expect(
      await output(
        machine,
        'sh',
        '-c',
        `redis-cli --no-auth-warning --user hosting-panel --pass "$(${administrator})" config get maxmemory`,
      ),
    ).toContain('104857600')
  })

  it('that somebody broke by hand starts again', async () => {
    await output(
      machine,
      'sh',
      '-c',
      `echo 'no-such-directive yes' >> /etc/redis/redis.conf; systemctl restart redis-server`,
    )
    expect((await cacheOf(panel, 'one.test')).problem).toContain('does not run')
    expect((await convergeServer()).state).toBe('done')
    expect(await redis(machine, one, ['ping'])).toBe('PONG')
    expect(await drift()).toEqual([])
  })

  it('that does not start with the panel’s settings keeps those of before', async () => {
    const before =
      '# mine\nbind 127.0.0.1\nport 6379\nunixsocket /run/redis/redis-server.sock\nsupervised ' +
      'systemd\ndaemonize no\ndir /var/lib/redis\n'
    await writeFile(machine, '/etc/redis/redis.conf', before)
    const refusing = '/run/systemd/system/redis-server.service.d/test.conf'
    await output(machine, 'mkdir', '-p', '/run/systemd/system/redis-server.service.d')
    await writeFile(machine, refusing, '[Service]\nExecStartPre=+/usr/bin/grep -q mine /etc/redis/redis.conf\n')
    await output(machine, 'sh', '-c', 'systemctl daemon-reload; systemctl restart redis-server')
    const refused = await convergeServer()
    await output(machine, 'sh', '-c', `rm ${refusing}; systemctl daemon-reload`)
    expect([refused.state, refused.error?.code]).toEqual(['failed', 'redis_check_failed'])
    expect(await output(machine, 'cat', '/etc/redis/redis.conf')).toBe(before.trim())
    expect(await output(machine, 'redis-cli', 'ping')).toBe('PONG')
    expect((await cacheOf(panel, 'one.test')).problem).toContain('other settings')
    expect((await convergeServer()).state).toBe('done')
    expect(await redis(machine, one, ['ping'])).toBe('PONG')
    expect(await drift()).toEqual([])
  }, 300_000)
})
