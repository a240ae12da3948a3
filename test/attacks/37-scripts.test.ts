import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { redis } from '../machine/cache/_cache.ts'
import { output } from './_attack.ts'
import { holdUp, inMinutes, twoSites, type Pair } from './_scripts.ts'

let pair: Pair
let { on, one, two, own, others, run, victims, told } = {} as Pair
beforeAll(async () => {
  pair = await twoSites()
  ;({ on, one, two, own, others, run, victims, told } = pair)
})
afterAll(() => pair.remove())

describe('a script', () => {
  it('locks, counts and publishes with keys of its site, named or not', async () => {
    const lock = "return redis.call('set', KEYS[1], ARGV[1], 'NX') and 1 or 0"
    expect(await run(one, lock, '1', own('lock'), 'me')).toBe('1')
    expect(await run(one, lock, '1', own('lock'), 'me')).toBe('0')
    expect(await run(one, `return redis.call('get', '${own('lock')}')`, '0')).toBe('me')
    expect(await run(one, `return redis.call('publish', '${own('news')}', 'x')`, '0')).toBe('0')
    const sha = await redis(on.machine, one, ['script', 'load', lock])
    expect(await redis(on.machine, one, ['evalsha', sha, '1', own('lock'), 'me'])).toBe('0')
    await redis(on.machine, one, ['del', own('lock')])
  })

  it.each<[string, () => string[]]>([
    ['a named key of another', () => ["return redis.call('get', KEYS[1])", '1', others()]],
    ['a key of another that is not named', () => [`return redis.call('get', '${others()}')`, '0']],
    ['a key of another, written', () => [`return redis.pcall('set', '${others()}', 'x')`, '0']],
    [
      'a key of another, without a cluster',
      () => [`#!lua flags=no-cluster\nreturn redis.call('del', '${others()}')`, '0'],
    ],
    ['a key of another in a sort', () => [`return redis.call('sort', '${own('l')}', 'by', '${others()}')`, '0']],
    ['a channel of another', () => [`return redis.call('publish', '${two.username}:x', 'x')`, '0']],
    ['all keys', () => ["return redis.call('keys', '*')", '0']],
    ['all keys, bit by bit', () => ["return redis.call('scan', 0)", '0']],
    ['FLUSHALL', () => ["return redis.call('flushall')", '0']],
    ['CONFIG', () => ["return redis.call('config', 'get', '*')", '0']],
    ['ACL', () => ["return redis.call('acl', 'list')", '0']],
    ['text of all scripts', () => ["getmetatable('').__index = function() return redis.call('keys', '*') end", '0']],
    ['a function of all scripts', () => ["string.upper = function() return 'mine' end", '0']],
    ['a function of all scripts, by force', () => ["rawset(redis, 'call', function() end)", '0']],
    ['a name for all scripts', () => ["rawset(_G, 'x', 1)", '0']],
    ['a library of the server', () => ["return package.loadlib('/lib/x86_64-linux-gnu/liblua5.1.so.0', '*')", '0']],
    ['a file', () => ["return io.open('/etc/passwd')", '0']],
    ['a program', () => ["return os.execute('id')", '0']],
    ['bytecode', () => ['return debug.getinfo(1)', '0']],
  ])('does not get at %s', async (_what, words) => {
    await redis(on.machine, two, ['set', others(), 'secret'])
    const refused = /NOPERM|can't (?:access|run|publish)|not allowed|readonly table|nonexistent|nil value/
    expect(await redis(on.machine, one, ['eval', ...words()])).toMatch(refused)
    expect(await redis(on.machine, two, ['get', others()])).toBe('secret')
    expect(await run(two, "return ('x'):upper() .. tostring(redis.call('get', KEYS[1]))", '1', others())).toBe(
      'Xsecret',
    )
  })

  it.each([
    ['function', 'load', '#!lua name=x\nredis.register_function("x", function() return 1 end)'],
    ['function', 'list'],
    ['function', 'flush'],
    ['fcall', 'x', '0'],
    ['fcall_ro', 'x', '0'],
    ['script', 'flush'],
    ['script', 'kill'],
    ['script', 'debug', 'yes'],
  ])('is refused: %s %s', async (...words) => expect(await redis(on.machine, one, words)).toContain('NOPERM'))
})

describe('what one site’s scripts do to others ends within a minute', () => {
  beforeEach(async () => void (await pair.forgive()))
  it('an endless one', async () => {
    await redis(on.machine, two, ['set', others(), 'kept'])
    await holdUp(pair, 'while true do end', 'BUSY')
    await inMinutes(on, victims).toBe('kept')
    expect(await told()).toMatchObject([{ site: 'writer.test', severity: 'warning' }])
  })
  it('settings of the JSON library', async () => {
    const encode = 'return cjson.encode({at = 1764437000})'
    expect(await run(one, `cjson.encode_number_precision(1) ${encode}`, '0')).toBe('{"at":2e+09}')
    await inMinutes(on, () => run(two, encode, '0')).toBe('{"at":1764437000}')
  })
  it('scripts without number', async () => {
    const many = Array.from({ length: 5_000 }, (_, at) => `EVAL "return '${'x'.repeat(3_000)}${at}'" 0`).join('\n')
    const numberIn = (text: string) => Number(/number_of_cached_scripts:(\d+)/.exec(text)?.[1])
    // The panel may do what it does each minute in between: then they are sent once more.
    const fill = async () => {
      const asOne = ['env', `REDISCLI_AUTH=${one.password}`, 'redis-cli', '--user', one.username, '--no-auth-warning']
      return numberIn((await on.machine.sh(asOne, { input: `${many}\nINFO memory\n` })).stdout)
    }
    await expect.poll(fill).toBeGreaterThanOrEqual(5_000)
    const kept = async () => numberIn(await redis(on.machine, two, ['info', 'memory']))
    await inMinutes(on, kept).toBeLessThan(100)
  })
  it('messages without end fill no disk', async () => {
    const used = async () => Number((await output(on.machine, 'du', '-sk', '/var/log')).split('\t')[0])
    const before = await used()
    const answer = await run(
      one,
      "local text = string.rep('x', 100000) for at = 1, 3000 do redis.log(redis.LOG_WARNING, text) end return 1",
      '0',
    )
    expect(answer).toBe('1')
    expect((await used()) - before).toBeLessThan(100_000)
  })
})
