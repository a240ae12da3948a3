import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toNodeHandler } from 'h3'
import { pipe, strictObject, string } from 'valibot'
import { expect, it, onTestFinished } from 'vitest'
import { createApp } from '../../lib/panel/app.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'
import { createBell, streamEvents } from '../../lib/panel/http/events.ts'
import { usualLimits } from '../../lib/panel/http/handle.ts'
import { createStreams, usualStreams } from '../../lib/panel/http/streams.ts'
import { openPanel } from './_harness.ts'

const line = 'x'.repeat(10_000)

/**
 * A panel on a port of its own, with one stream; answers how to follow it, and how many of its lines were made for a
 * reader.
 */
async function follower(limits: typeof usualStreams, most = Infinity) {
  const { ctx } = await openPanel()
  const made: Record<string, number> = {}
  const ended: string[] = []
  const functions = {
    'GET /api/lines/{reader}': defineFunction({
      summary: 'Lines',
      access: 'public',
      params: strictObject({ reader: pipe(string()) }),
      stream: 'text/event-stream',
      run: ({ event, params: { reader } }) =>
        streamEvents(event, (gone) => {
          made[reader] = 0
          gone.addEventListener('abort', () => ended.push(reader))
          return () =>
            Promise.resolve(made[reader]! >= most ? null : [{ event: 'line', data: `${made[reader]!++} ${line}` }])
        }),
    }),
  }
  const app = createApp(ctx, functions, () => '192.0.2.1', usualLimits, createStreams(limits))
  const server = createServer(toNodeHandler(app) as never).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => server.closeAllConnections())
  const follow = async (reader: string): Promise<IncomingMessage> => {
    const call = get({ port: (server.address() as AddressInfo).port, path: `/api/lines/${reader}`, agent: false })
    const [response] = (await once(call, 'response')) as [IncomingMessage]
    return response.on('error', () => undefined)
  }
  return { follow, made, ended }
}

it('a reader that does not read is sent no more than its connection holds, and is cut in the end', async () => {
  const { follow, made, ended } = await follower({ ...usualStreams, unread: 300 })
  const silent = await follow('silent')
  silent.pause()
  await expect.poll(() => ended).toEqual(['silent'])
  // The kernel buffers some megabytes for both ends of a local connection.
  expect(made.silent! * line.length).toBeLessThan(30_000_000)
  const failed = once(silent, 'error')
  silent.resume()
  const [error] = (await failed) as [NodeJS.ErrnoException]
  expect(error.code).toBe('ECONNRESET')
})

it('a reader that reads gets all, in its order, and its end', async () => {
  const { follow } = await follower(usualStreams, 3_000)
  let text = ''
  for await (const part of await follow('reader')) text += String(part)
  expect(text.match(/\d+(?= x)/g)).toEqual(Array.from({ length: 3_000 }, (_, index) => String(index)))
})

it('one has a few streams at once, and all together too; a place that is given back is free', async () => {
  const { follow } = await follower({ ...usualStreams, person: 2 })
  const [first] = [await follow('a'), await follow('b')]
  const refused = await follow('c')
  expect(refused.statusCode).toBe(429)
  expect(JSON.parse(String(await refused.setEncoding('utf8').toArray()))).toMatchObject({ code: 'too_many_streams' })
  first.destroy()
  await expect.poll(async () => (await follow('d')).statusCode).toBe(200)

  const all = await follower({ ...usualStreams, all: 1 })
  expect([(await all.follow('a')).statusCode, (await all.follow('b')).statusCode]).toEqual([200, 429])
})

it('a stream that cannot be made takes no place', () => {
  const streams = createStreams({ ...usualStreams, person: 1 })
  const leave = streams.enter('a')
  expect(() => streams.enter('a')).toThrow('You follow 1')
  leave()
  leave()
  streams.enter('a')
  expect(() => streams.enter('a'), 'given back once').toThrow('You follow 1')
  streams.enter('b')
})

it('a bell that rang is heard by who comes later, once', async () => {
  const bell = createBell()
  bell.ring()
  bell.ring()
  await bell.wait()
  let heard = false
  const waiting = bell.wait().then(() => (heard = true))
  await new Promise((resolve) => setImmediate(resolve))
  expect(heard).toBe(false)
  bell.ring()
  await waiting
})
