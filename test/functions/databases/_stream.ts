import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { constants, open, unlink } from 'node:fs/promises'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { toNodeHandler } from 'h3'
import { onTestFinished } from 'vitest'
import type { Answers, Way } from '../_agent.ts'
import { newDatabases, panelWithMariadb, tokenFor } from '../_mariadb.ts'

/** The requests under way. */
export const requests = new Set<ReturnType<typeof get>>()

type Writer = (write: (text: string) => Promise<void>, way: Way) => Promise<void>

/** A panel on a port of its own, whose agent writes into the pipe what `writer` does, as the real one would. */
export async function withStream(writer: Writer, answers: Answers = {}) {
  const made = await panelWithMariadb(answers)
  const { panel, mariadb, directories, app } = made
  await newDatabases(panel, { name: 'shop' })
  const ended: unknown[] = []
  answers['databases.stream'] ??= async ({ pipe }, way) => {
    const path = join(directories.pipes, pipe)
    execFileSync('mkfifo', [path])
    const handle = await open(path, constants.O_RDWR | constants.O_NONBLOCK)
    try {
      way.progress({ step: 'ready', percent: 0 })
      await writer(async (text) => {
        for (let rest = Buffer.from(text); rest.length > 0 && !way.leave.aborted;) {
          const written = await handle.write(rest).then(
            ({ bytesWritten }) => bytesWritten,
            (error: NodeJS.ErrnoException) =>
              error.code === 'EAGAIN' ? sleep(2).then(() => 0) : Promise.reject(error),
          )
          rest = rest.subarray(written)
        }
      }, way)
      ended.push(way.leave.aborted ? 'left' : 'whole')
      return {}
    } catch (error) {
      ended.push(error)
      throw error
    } finally {
      await handle.close()
      await unlink(path)
    }
  }
  mariadb.reset()
  const server = createServer(toNodeHandler(app)).listen(0, '127.0.0.1')
  onTestFinished(() => void server.closeAllConnections())
  onTestFinished(() => void server.close())
  const authorization = (await tokenFor(panel, ['databases:read'])).authorization
  await new Promise((resolve) => server.once('listening', resolve))
  const ask = (query = '', database = 'shop') =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const request = get(
        {
          port: (server.address() as AddressInfo).port,
          path: `/api/databases/${database}/export${query}`,
          headers: { authorization },
        },
        resolve,
      ).on('error', reject)
      requests.clear()
      requests.add(request)
    })
  return { ...made, ask, ended, pipes: () => readdirSync(directories.pipes) }
}
/** Until whoever is asked says so; the agent would notice by itself. */
export const until = async (signal: AbortSignal) => {
  while (!signal.aborted) await sleep(5)
}
