import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { expect, it, onTestFinished } from 'vitest'
import { never, onBehalfOf } from '../../../lib/model/protocol/caller.ts'
import { connect } from '../../../lib/rpc/client.ts'
import { requestsOf } from '../../../lib/rpc/listen.ts'
import { createRpcServer } from '../../../lib/rpc/server.ts'

const nothing = v.strictObject({})
const operations = {
  look: { isLook: true, input: nothing, output: nothing },
  work: { input: nothing, output: nothing },
} as const

/** A root process that keeps for which reasons it was told to stay. */
async function process(work = async () => {}) {
  const directory = mkdtempSync(join(tmpdir(), 'hosting-panel-stay-'))
  const socketPath = join(directory, 'agent.sock')
  const reasons: string[] = []
  const does = async () => {
    await work()
    return {}
  }
  const server = createRpcServer(operations, { look: does, work: does }, (reason) => reasons.push(reason))
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  onTestFinished(() => {
    server.close()
    rmSync(directory, { recursive: true })
  })
  return {
    reasons,
    underWay: requestsOf(server),
    client: connect({ socketPath, name: 'agent', unit: 'hosting-panel-agent' }, operations),
  }
}

it('work keeps a process, before and after', async () => {
  const { reasons, client } = await process()
  await client.call('work', {})
  await expect.poll(() => reasons).toEqual(['work', 'work'])
})

it('a hook’s look does not keep it for long, and a person’s does', async () => {
  const { reasons, client } = await process()
  await client.call('look', {})
  await expect.poll(() => reasons).toEqual(['look', 'look'])
  await onBehalfOf({ name: 'admin', gone: never }, () => client.call('look', {}))
  await expect.poll(() => reasons.slice(2)).toEqual(['work', 'work'])
})

it('work that fails keeps it, and nonsense does not', async () => {
  const { reasons, client } = await process(() => Promise.reject(new Error('broken on purpose')))
  await expect(client.call('work', {})).rejects.toMatchObject({ code: 'agent_failed' })
  await expect.poll(() => reasons).toEqual(['work', 'work'])
  await expect(client.call('work', { more: 1 } as never)).rejects.toMatchObject({ code: 'invalid_request' })
  await expect.poll(() => reasons.slice(2)).toEqual(['look'])
})

it('a process knows what is under way, however long a look takes, and when nobody waits for it any more', async () => {
  let end = () => {}
  const { underWay, client } = await process(() => new Promise((resolve) => (end = resolve)))
  const looks = client.call('look', {})
  await expect.poll(underWay).toBe(1)
  end()
  await looks
  await expect.poll(underWay).toBe(0)
  const left = new AbortController()
  const gone = client.call('look', {}, () => {}, left.signal).catch(() => 'left')
  await expect.poll(underWay).toBe(1)
  left.abort()
  expect(await gone).toBe('left')
  await expect.poll(underWay).toBe(0)
})
