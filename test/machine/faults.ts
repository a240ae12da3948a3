import type { Machine } from './machine.ts'
import { output, writeFile } from './sites/_helpers.ts'

const FAULTS = '/run/test-fault'
const DROP_IN = '/run/systemd/system/hosting-panel-agent.service.d/fault.conf'

const restartAgent = (machine: Machine) =>
  output(machine, 'sh', '-c', 'systemctl daemon-reload; systemctl stop hosting-panel-agent.service')

/** From now on the agent looks for orders to die (lib/system/failpoint.ts). */
export async function beginFaults(machine: Machine): Promise<void> {
  await output(machine, 'mkdir', '-p', '/run/systemd/system/hosting-panel-agent.service.d')
  await output(machine, 'rm', '-f', FAULTS, `${FAULTS}.died`)
  await writeFile(machine, DROP_IN, `[Service]\nEnvironment=HOSTING_PANEL_FAULT_FILE=${FAULTS}\n`)
  await restartAgent(machine)
}

export async function endFaults(machine: Machine): Promise<void> {
  await output(machine, 'rm', '-f', DROP_IN, FAULTS, `${FAULTS}.died`)
  await restartAgent(machine)
}

/** Does something with the agent set to die at its nth step; answers whether it came to that. */
export async function dyingAt(machine: Machine, step: string, work: () => Promise<unknown>): Promise<boolean> {
  await writeFile(machine, FAULTS, step)
  await work()
  const died = (await machine.sh(['test', '-e', `${FAULTS}.died`])).code === 0
  await output(machine, 'rm', '-f', FAULTS, `${FAULTS}.died`)
  return died
}

/** Runs `work` once for every step there is, with the agent killed there; answers how many there were. */
export async function atEveryStep(machine: Machine, work: (step: number) => Promise<void>): Promise<number> {
  for (let step = 0; step < 100; step++) {
    const died = await dyingAt(machine, String(step), () => work(step))
    if (!died) return step
  }
  throw new Error('the steps do not end')
}

/** In a soak the agent is killed at each step there is; else at one early and one later. */
const SOME_STEPS = [1, 4]

/** Runs `work` with the agent killed on the way; answers how often it was. */
export async function killedOnTheWay(machine: Machine, work: (step: number) => Promise<void>): Promise<number> {
  if (process.env.HOSTING_PANEL_SOAK) return atEveryStep(machine, work)
  let deaths = 0
  for (const step of SOME_STEPS) if (await dyingAt(machine, String(step), () => work(step))) deaths++
  return deaths
}
