import { setTimeout as sleep } from 'node:timers/promises'
import type { Machine } from '../machine/machine.ts'

export async function out(machine: Machine, script: string): Promise<string> {
  const { code, stdout, stderr } = await machine.sh(['bash', '-c', script])
  if (code !== 0) throw new Error(`${script}: ${stderr}`)
  return stdout.trim()
}

export async function must<T extends { status: number; body: unknown }>(answer: Promise<T>): Promise<T> {
  const { status, body } = await answer
  if (status >= 400) throw new Error(`${status}: ${JSON.stringify(body)}`)
  return answer
}

/** Seconds a command takes inside. */
export const seconds = async (machine: Machine, command: string): Promise<number> =>
  Number(
    (await out(machine, `a=$(date +%s%N); { ${command}; } >&2; echo $(( ($(date +%s%N) - a) / 1000000 ))`))
      .split('\n')
      .at(-1),
  ) / 1000

/** Proportional memory of panel and agent in MB. */
const memory = async (machine: Machine): Promise<number> =>
  Number(
    await out(
      machine,
      'for u in hosting-panel hosting-panel-agent; do p=$(systemctl show -P MainPID $u); [ "$p" = 0 ] || cat ' +
        "/proc/$p/smaps_rollup; done | awk '/^Pss:/ { s += $2 } END { print s / 1000 }'",
    ),
  )

/** The most that panel and agent take while work is done, above what they took before (MB). */
export async function growth(machine: Machine, work: () => Promise<unknown>): Promise<number> {
  const before = await memory(machine)
  let [most, busy] = [before, true]
  const watching = (async () => {
    for (; busy; await sleep(500)) most = Math.max(most, await memory(machine))
  })()
  await work().finally(() => (busy = false))
  await watching
  return most - before
}
