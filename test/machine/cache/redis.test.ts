import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output, deleteSite } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { administrator, cacheOf, putCache, redis, redisSite, script, type Account } from './_cache.ts'

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
const pid = () => output(machine, 'cat', '/run/redis/redis-server.pid')
const connections = async ({ username }: Account) =>
  (
    await output(
      machine,
      'sh',
      '-c',
      'redis-cli -s /run/redis/redis-server.sock --no-auth-warning --user hosting-panel --pass ' +
        `"$(${administrator})" client list`,
    )
  )
    .split('\n')
    .filter((line) => line.includes(` user=${username} `))

describe('a site', () => {
  it.each(['socket', 'tcp'] as const)('uses its own keys and channels by %s', async (over) => {
    expect(await redis(machine, one, ['set', `${one.username}:a`, 'hello'], over)).toBe('OK')
    expect(await redis(machine, one, ['get', `${one.username}:a`], over)).toBe('hello')
    expect(await redis(machine, one, ['publish', `${one.username}:news`, 'x'], over)).toBe('0')
    expect(await redis(machine, one, ['info', 'server'], over)).toContain('redis_version')
  })

  it('is used by PHP’s own extension, over the socket', async () => {
    await script(
      machine,
      'one.test',
      'redis.php',
      `$r = new Redis(); $r->connect('/run/redis/redis-server.sock');
$r->auth(['${one.username}', '${one.password}']); $r->select(0);
$r->setOption(Redis::OPT_PREFIX, '${one.username}:'); $r->set('php', 'from php');
echo $r->get('php'), ' ', $r->incr('count');
try { echo ' ', $r->rawCommand('GET', '${two.username}:a'); } catch (RedisException $e) { echo $e->getMessage(); }`,
    )
    expect((await site(machine, 'one.test', '/redis.php')).body).toMatch(/^from php 1 +NOPERM/)
  })

  const own = () => `${one.username}:a`
  const others = () => `${two.username}:a`
  it.each<[string, () => string[]]>([
    ['GET of another’s', () => ['get', others()]],
    ['SET of another’s', () => ['set', others(), 'x']],
    ['DEL', () => ['del', others()]],
    ['MGET', () => ['mget', own(), others()]],
    ['RENAME', () => ['rename', own(), others()]],
    ['COPY', () => ['copy', others(), own()]],
    ['SORT with others', () => ['sort', own(), 'by', others()]],
    ['OBJECT', () => ['object', 'encoding', others()]],
    ['MEMORY', () => ['memory', 'usage', others()]],
    ['DUMP', () => ['dump', others()]],
    ['RESTORE', () => ['restore', own(), '0', 'x']],
    ['MIGRATE', () => ['migrate', '127.0.0.1', '6379', own(), '0', '100']],
    ['an unnamed key', () => ['set', 'plain', 'x']],
    ['KEYS', () => ['keys', '*']],
    ['SCAN', () => ['scan', '0']],
    ['RANDOMKEY', () => ['randomkey']],
    ['DBSIZE', () => ['dbsize']],
    ['FLUSHALL', () => ['flushall']],
    ['FLUSHDB', () => ['flushdb']],
    ['SWAPDB', () => ['swapdb', '0', '1']],
    ['CONFIG', () => ['config', 'get', '*']],
    ['CONFIG SET', () => ['config', 'set', 'dir', '/tmp']],
    ['EVAL with another’s', () => ['eval', 'return 1', '1', others()]],
    ['FUNCTION', () => ['function', 'list']],
    ['SCRIPT', () => ['script', 'flush']],
    ['ACL LIST', () => ['acl', 'list']],
    ['ACL SETUSER', () => ['acl', 'setuser', one.username, '~*']],
    ['ACL WHOAMI’s kin', () => ['acl', 'getuser', 'hosting-panel']],
    ['MONITOR', () => ['monitor']],
    ['DEBUG', () => ['debug', 'sleep', '0']],
    ['CLIENT LIST', () => ['client', 'list']],
    ['CLIENT KILL', () => ['client', 'kill', 'user', two.username]],
    ['CLIENT TRACKING', () => ['client', 'tracking', 'on', 'bcast']],
    ['CLIENT PAUSE', () => ['client', 'pause', '1000']],
    ['PUBSUB', () => ['pubsub', 'channels']],
    ['another’s channel', () => ['publish', `${two.username}:x`, 'x']],
    ['all channels', () => ['psubscribe', '*']],
    ['MODULE', () => ['module', 'list']],
    ['SHUTDOWN', () => ['shutdown', 'nosave']],
    ['REPLICAOF', () => ['replicaof', '127.0.0.1', '1']],
    ['SAVE', () => ['save']],
    ['SLOWLOG', () => ['slowlog', 'get']],
    ['LATENCY', () => ['latency', 'latest']],
  ])('may not do %s', async (_what, words) => {
    await redis(machine, two, ['set', others(), 'secret'])
    expect(await redis(machine, one, words())).toMatch(/NOPERM|DEBUG command not allowed/)
    expect(await redis(machine, two, ['get', others()])).toBe('secret')
  })

  it('has one database, and no other user’s name or password', async () => {
    expect(await redis(machine, one, ['select', '1'])).toMatch(/ERR/)
    expect(await redis(machine, { ...two, password: one.password }, ['get', others()])).toMatch(/WRONGPASS|NOAUTH/)
    expect(await redis(machine, { ...two, password: '' }, ['get', others()])).toMatch(/NOAUTH/)
    expect(
      await output(machine, 'sh', '-c', `redis-cli ping; redis-cli --user hosting-panel --pass '' ping 2>&1`),
    ).toMatch(/NOAUTH/)
    for (const file of [
      '/etc/hosting-panel/redis.acl',
      `/etc/hosting-panel/redis/${two.username}.acl`,
      '/etc/redis/redis.conf',
      '/etc/hosting-panel/database-secret',
    ]) {
      expect(
        (
          await machine.sh([
            'setpriv',
            `--reuid=${one.username}`,
            `--regid=${one.username}`,
            '--clear-groups',
            'cat',
            file,
          ])
        ).stdout,
      ).toBe('')
    }
  })

  it('is told how much it has, and emptied alone', async () => {
    const many = Array.from(
      { length: 3000 },
      (_, number) => `SET ${one.username}:many:${number} ${'x'.repeat(50)}`,
    ).join('\n')
    await machine.sh(
      ['env', `REDISCLI_AUTH=${one.password}`, 'redis-cli', '--user', one.username, '--no-auth-warning'],
      { input: many },
    )
    await redis(machine, one, ['set', `${one.username}:odd\n${two.username}:a`, 'x'])
    const { keys, bytes } = (await cacheOf(panel, 'one.test')).redis
    expect([keys >= 3001, bytes > 200_000, bytes < 1_000_000]).toEqual([true, true, true])
    expect((await panel.post('/sites/one.test/cache/flush')).body).toEqual({ keys })
    expect((await cacheOf(panel, 'one.test')).redis).toMatchObject({ keys: 0, bytes: 0 })
    expect(await redis(machine, two, ['get', others()])).toBe('secret')
  })
})

describe('a change of one site', () => {
  it('leaves the connections of others alone, and ends its own with the old password', async () => {
    const held = async (account: Account) => {
      await output(
        machine,
        'systemd-run',
        '--quiet',
        '--collect',
        `--unit=test-held-${account.username}`,
        '--setenv',
        `REDISCLI_AUTH=${account.password}`,
        'sh',
        '-c',
        `sleep 300 | redis-cli --user ${account.username} --no-auth-warning`,
      )
      await expect.poll(() => connections(account)).toHaveLength(1)
    }
    await held(one)
    await held(two)
    onTestFinished(async () => void (await machine.sh(['systemctl', 'stop', 'test-held-*'])))
    const [before, redisBefore] = [await connections(two), await pid()]
    expect([before.length, (await connections(one)).length]).toEqual([1, 1])
    const { body } = await panel.post('/sites/one.test/cache/password')
    expect(await redis(machine, one, ['get', `${one.username}:a`])).toMatch(/WRONGPASS/)
    one = body.redis
    expect(await redis(machine, one, ['ping'])).toBe('PONG')
    expect((await connections(one)).length).toBe(0)
    expect((await putCache(panel, 'one.test', {})).body.redis).toBeNull()
    expect(await redis(machine, one, ['ping'])).toMatch(/WRONGPASS/)
    one = (await putCache(panel, 'one.test', { redis: true })).body.redis
    expect((await connections(two)).map((line) => line.split(' ')[0])).toEqual(before.map((line) => line.split(' ')[0]))
    expect(await pid()).toBe(redisBefore)
    expect(await drift()).toEqual([])
  })

  it('that ends its Redis takes its keys along, and nobody else’s', async () => {
    await redis(machine, one, ['set', `${one.username}:left`, 'behind'])
    await putCache(panel, 'one.test', {})
    one = (await putCache(panel, 'one.test', { redis: true })).body.redis
    expect(await redis(machine, one, ['get', `${one.username}:left`])).toBe('')
    expect(await redis(machine, two, ['get', `${two.username}:a`])).toBe('secret')
  })

  it('shows in a plan what it would do, without its password', async () => {
    const { body } = await panel.send('PUT', '/sites/one.test/cache?plan=true', {})
    expect(body.changes).toEqual([
      expect.objectContaining({
        action: 'delete',
        kind: 'file',
        name: `/etc/hosting-panel/redis/${one.username}.acl`,
        diff: '(not shown: this file holds a secret)',
      }),
    ])
  })
})
