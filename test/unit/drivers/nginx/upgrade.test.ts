import { expect, it } from 'vitest'
import { upgradeBinary, type Masters } from '../../../../lib/drivers/nginx/upgrade.ts'

const [OLD, NEW] = [100, 200]

/** An nginx whose new master, where there is one, is answered by after so many connections. */
function nginx({ running, left, answers }: { running: number | null; left?: boolean; answers?: number }) {
  const signals: [number, string][] = []
  let [current, old, asked] = [running, left ? OLD : null, 0]
  const masters: Masters = {
    current: () => Promise.resolve(current),
    old: () => Promise.resolve(old),
    answering: () => Promise.resolve(answers !== undefined && ++asked >= answers ? current : OLD),
    signal: (pid, name) => {
      signals.push([pid, name])
      if (name === 'SIGUSR2' && answers !== undefined) [current, old] = [NEW, OLD]
      return true
    },
    timeout: 300,
  }
  return { masters, signals }
}

it.each([
  [
    'the old master ends once a worker of the new one answered',
    { running: OLD, answers: 2 },
    true,
    [
      [OLD, 'SIGUSR2'],
      [OLD, 'SIGQUIT'],
    ],
  ],
  [
    'a new master that does not answer is ended',
    { running: OLD, answers: 9_999 },
    false,
    [
      [OLD, 'SIGUSR2'],
      [NEW, 'SIGQUIT'],
    ],
  ],
  ['a new master that did not start leaves the old one alone', { running: OLD }, false, [[OLD, 'SIGUSR2']]],
  ['an upgrade that was cut off goes on', { running: NEW, left: true, answers: 1 }, true, [[OLD, 'SIGQUIT']]],
  ['one that was cut off and does not answer is taken back', { running: NEW, left: true }, false, [[NEW, 'SIGQUIT']]],
  ['an old master that is the only one is left alone', { running: null, left: true }, false, []],
  [
    'a process file that a kill left is no upgrade',
    { running: OLD, left: true, answers: 1 },
    true,
    [
      [OLD, 'SIGUSR2'],
      [OLD, 'SIGQUIT'],
    ],
  ],
  ['no nginx is none to upgrade', { running: null }, false, []],
] as const)('%s', async (_, state, serves, signals) => {
  const { masters, signals: sent } = nginx(state)
  expect([await upgradeBinary(masters), sent]).toEqual([serves, signals])
})
