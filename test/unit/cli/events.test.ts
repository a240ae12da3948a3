import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { readEvents } from '../../../lib/cli/events.ts'

it('reads server-sent events however they are cut', async () => {
  const text = ': hello\n\nid: 7\nevent: step\ndata: {"name":"ü"}\n\ndata: a\r\ndata: b\r\n\r\nevent: lost\n'
  for (const size of [1, 2, 3, 7, 1000]) {
    const bytes = Buffer.from(text)
    const stream = new PassThrough()
    for (let at = 0; at < bytes.length; at += size) stream.write(bytes.subarray(at, at + size))
    stream.end()
    const read = []
    for await (const event of readEvents(stream)) read.push(event)
    expect(read).toEqual([
      { id: '7', event: 'step', data: '{"name":"ü"}' },
      { id: '7', event: 'message', data: 'a\nb' },
    ])
  }
})
