import { must } from './_exec.ts'
import type { Machine } from './machine.ts'
import { connect, disconnect, elsewhere } from './network.ts'

/** Somebody who reaches the machine from an address of their own. */
export interface Stranger {
  address: string
  /** The status of one request; 0 when the machine does not answer. */
  request: (url: string, call?: { method?: string; headers?: Record<string, string>; body?: string }) => Promise<number>
  leave: () => Promise<void>
}

/** Asks once, 3 seconds at most, and prints the status. The call is the first argument, as JSON. */
const script = `
const { url, method = 'GET', headers, body } = JSON.parse(process.argv[1])
const { request } = require(new URL(url).protocol.slice(0, -1))
const asked = request(url, { method, headers, rejectUnauthorized: false, agent: false, timeout: 6000 }, (answer) => {
  answer.resume().on('end', () => console.log(answer.statusCode))
})
asked.on('timeout', () => asked.destroy(new Error('no answer')))
asked.on('error', () => console.log(0))
asked.end(body)
`

/** Brings somebody from another network namespace, with an address the machine has not seen. */
export async function stranger(machine: Machine, which = 0): Promise<Stranger> {
  const network = elsewhere(machine.state.network, which)
  await disconnect(network)
  await connect(network)
  return {
    address: network.address,
    request: async (url, call = {}) =>
      Number(
        await must([
          'ip',
          'netns',
          'exec',
          network.namespace,
          process.execPath,
          '-e',
          script,
          JSON.stringify({ url, ...call }),
        ]),
      ),
    leave: () => disconnect(network),
  }
}
