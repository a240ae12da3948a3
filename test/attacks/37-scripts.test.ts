import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { redis, redisSite, type Account } from '../machine/cache/_cache.ts'
import { writeFile } from '../machine/sites/_helpers.ts'
import { output, target, type Target } from './_attack.ts'

let on: Target
let one: Account
let two: Account
beforeAll(async () => {
  on = await target()
  one = await redisSite(on.panel, 'writer.test')
  two = await redisSite(on.panel, 'victim.test')
})
afterAll(async () => {
  for (const domain of ['writer.test', 'victim.test']) await on.panel.delete(`/sites/${domain}?purge=true`)
})

const run = (who: Account, script: string, ...words: string[]) => redis(on.machine, who, ['eval', script, ...words])
const own = (name: string) => `${one.username}:${name}`
const others = () => `${two.username}:a`

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

/** Has the panel do what it does each minute until it has helped: a run that had begun before may be past it. */
const inMinutes = <T>(look: () => Promise<T>) =>
  expect.poll(
    async () => {
      await output(on.machine, 'systemctl', 'start', 'hosting-panel-hook@reap-idle')
      return look()
    },
    { timeout: 200_000 },
  )
const victims = () => redis(on.machine, two, ['get', others()])

/** Runs a script that does not end, and waits until others notice. */
async function holdUp(script: string, notice: 'BUSY' | 'SILENT'): Promise<void> {
  await output(
    on.machine,
    'systemd-run',
    '--quiet',
    '--collect',
    '--unit=test-endless',
    `--uid=${one.username}`,
    '--setenv',
    `REDISCLI_AUTH=${one.password}`,
    'redis-cli',
    '--user',
    one.username,
    'eval',
    script,
    '0',
  )
  onTestFinished(async () => void (await on.machine.sh(['systemctl', 'stop', 'test-endless'])))
  const asked = {
    BUSY: () => redis(on.machine, two, ['get', others()]),
    SILENT: () => output(on.machine, 'sh', '-c', 'timeout 8 redis-cli ping || echo SILENT'),
  }
  await expect.poll(asked[notice], { timeout: 100_000 }).toContain(notice)
}

describe('what one site’s scripts do to others ends within a minute', () => {
  /** Forgets what was ended before. */
  const forgive = () => on.panel.post('/sites/writer.test/cache/scripts')
  beforeEach(async () => void (await forgive()))
  const told = async (): Promise<{ site: string; severity: string; message: string }[]> =>
    (await on.panel.get('/alerts')).body.alerts.filter(({ key }: { key: string }) => key === 'scripts:writer.test')
  it('an endless one', async () => {
    await redis(on.machine, two, ['set', others(), 'kept'])
    await holdUp('while true do end', 'BUSY')
    await inMinutes(victims).toBe('kept')
    expect(await told()).toMatchObject([{ site: 'writer.test', severity: 'warning' }])
  })
  it('an endless one that has written, with Redis', async () => {
    await holdUp(`redis.call('set', '${own('x')}', 1) while true do end`, 'BUSY')
    await inMinutes(victims).toBe('')
    expect((await on.panel.get('/drift')).body.changes).toEqual([])
  })
  it('an endless one in a function of the interpreter, with Redis', async () => {
    await holdUp("return string.find(string.rep('a', 60), string.rep('a*', 30) .. 'b')", 'SILENT')
    await inMinutes(() => redis(on.machine, two, ['ping'])).toBe('PONG')
  })
  it('settings of the JSON library', async () => {
    const encode = 'return cjson.encode({at = 1764437000})'
    expect(await run(one, `cjson.encode_number_precision(1) ${encode}`, '0')).toBe('{"at":2e+09}')
    await inMinutes(() => run(two, encode, '0')).toBe('{"at":1764437000}')
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
    await inMinutes(kept).toBeLessThan(100)
  })
  it('memory without end is refused', async () => {
    const all = "local all = {} for at = 1, 3000 do all[at] = string.rep('x', 1000000) .. at end return 1"
    expect(await run(one, all, '0')).toMatch(/not enough memory|Server closed|Connection reset/)
    await expect.poll(() => redis(on.machine, two, ['ping']), { timeout: 60_000 }).toBe('PONG')
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
  it('again and again costs the site its scripts, which an administrator gives back', async () => {
    await writeFile(
      on.machine,
      '/run/flood.sh',
      `while :; do
         exec 3<>/dev/tcp/127.0.0.1/6379
         { echo AUTH ${one.username} ${one.password}; yes 'EVAL "while true do end" 0' | head -2000; } >&3
         cat <&3 >/dev/null
       done`,
    )
    const begun = performance.now()
    await output(
      on.machine,
      ...['systemd-run', '--quiet', '--collect', '--unit=test-flood', `--uid=${one.username}`],
      ...['bash', '/run/flood.sh'],
    )
    onTestFinished(async () => void (await on.machine.sh(['systemctl', 'stop', 'test-flood'])))
    await expect.poll(told, { timeout: 200_000 }).toMatchObject([{ site: 'writer.test', severity: 'critical' }])
    await expect.poll(() => redis(on.machine, two, ['ping']), { timeout: 60_000 }).toBe('PONG')
    console.log(`a flood of endless scripts is over after ${Math.round((performance.now() - begun) / 1000)} s`)
    expect((await told())[0]!.message).toContain('sites cache scripts writer.test')
    expect(await run(one, 'return 1', '0')).toContain('NOPERM')
    expect(await redis(on.machine, one, ['set', own('x'), '1'])).toBe('OK')
    expect((await on.panel.get('/drift')).body.changes).toEqual([])
    await on.machine.sh(['systemctl', 'stop', 'test-flood'])
    expect((await forgive()).status).toBe(200)
    expect(await run(one, 'return 1', '0')).toBe('1')
  })
})
