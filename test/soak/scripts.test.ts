import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { output } from '../attacks/_attack.ts'
import { holdUp, inMinutes, twoSites, type Pair } from '../attacks/_scripts.ts'
import { redis } from '../machine/cache/_cache.ts'
import { writeFile } from '../machine/sites/_helpers.ts'

let pair: Pair
let { on, one, two, own, run, victims, forgive, told } = {} as Pair
beforeAll(async () => {
  pair = await twoSites()
  ;({ on, one, two, own, run, victims, forgive, told } = pair)
})
afterAll(() => pair.remove())
beforeEach(async () => void (await pair.forgive()))

it('an endless one that has written, with Redis', async () => {
  await holdUp(pair, `redis.call('set', '${own('x')}', 1) while true do end`, 'BUSY')
  await inMinutes(on, victims).toBe('')
  expect((await on.panel.get('/drift')).body.changes).toEqual([])
})

it('an endless one in a function of the interpreter, with Redis', async () => {
  await holdUp(pair, "return string.find(string.rep('a', 60), string.rep('a*', 30) .. 'b')", 'SILENT')
  await inMinutes(on, () => redis(on.machine, two, ['ping'])).toBe('PONG')
})

it('memory without end is refused', async () => {
  const all = "local all = {} for at = 1, 3000 do all[at] = string.rep('x', 1000000) .. at end return 1"
  expect(await run(one, all, '0')).toMatch(/not enough memory|Server closed|Connection reset/)
  await expect.poll(() => redis(on.machine, two, ['ping']), { timeout: 60_000 }).toBe('PONG')
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
