import type { Machine } from './machine.ts'
import { output } from './sites/_helpers.ts'

/** Asks the agent as the panel does; answers its lines. */
export const askAgent = (machine: Machine, operation: string, input: object): Promise<string> =>
  output(
    machine,
    'setpriv',
    '--reuid=hosting-panel',
    '--regid=hosting-panel',
    '--clear-groups',
    'curl',
    '-s',
    '--unix-socket',
    '/run/hosting-panel/agent.sock',
    '-d',
    JSON.stringify(input),
    `http://agent/${operation}`,
  )
