import { expect, onTestFinished } from 'vitest'
import { redis, redisSite, type Account } from '../machine/cache/_cache.ts'
import { output, target, type Target } from './_attack.ts'

/** Two sites that share Redis: the first one attacks, the second one is attacked. */
export interface Pair {
  on: Target
  one: Account
  two: Account
  /** A name of the attacker's own. */
  own: (name: string) => string
  /** A key of the victim. */
  others: () => string
  run: (who: Account, script: string, ...words: string[]) => Promise<string>
  /** Asks for the victim's key. */
  victims: () => Promise<string>
  /** Forgets what was ended before. */
  forgive: () => Promise<{ status: number }>
  told: () => Promise<{ site: string; severity: string; message: string }[]>
  remove: () => Promise<void>
}

export async function twoSites(): Promise<Pair> {
  const on = await target()
  const one = await redisSite(on.panel, 'writer.test')
  const two = await redisSite(on.panel, 'victim.test')
  const others = () => `${two.username}:a`
  return {
    on,
    one,
    two,
    own: (name) => `${one.username}:${name}`,
    others,
    run: (who, script, ...words) => redis(on.machine, who, ['eval', script, ...words]),
    victims: () => redis(on.machine, two, ['get', others()]),
    forgive: () => on.panel.post('/sites/writer.test/cache/scripts'),
    told: async () =>
      (await on.panel.get('/alerts')).body.alerts.filter(({ key }: { key: string }) => key === 'scripts:writer.test'),
    remove: async () => {
      for (const domain of ['writer.test', 'victim.test']) await on.panel.delete(`/sites/${domain}?purge=true`)
    },
  }
}

/** Has the panel do what it does each minute until it has helped: a run that had begun before may be past it. */
export const inMinutes = <T>({ machine }: Target, look: () => Promise<T>) =>
  expect.poll(
    async () => {
      await output(machine, 'systemctl', 'start', 'hosting-panel-hook@reap-idle')
      return look()
    },
    { timeout: 200_000 },
  )

/** Runs a script of the first site that does not end, and waits until others notice. */
export async function holdUp({ on, one, victims }: Pair, script: string, notice: 'BUSY' | 'SILENT'): Promise<void> {
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
    BUSY: victims,
    SILENT: () => output(on.machine, 'sh', '-c', 'timeout 8 redis-cli ping || echo SILENT'),
  }
  await expect.poll(asked[notice], { timeout: 100_000 }).toContain(notice)
}
