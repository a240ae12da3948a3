import type { Readable } from 'node:stream'

export interface ServerEvent {
  id: string
  event: string
  data: string
}

/** Reads server-sent events (HTML standard, 9.2.6) until the stream ends. */
export async function* readEvents(stream: Readable): AsyncGenerator<ServerEvent> {
  let rest = ''
  let current: ServerEvent = { id: '', event: 'message', data: '' }
  const decoder = new TextDecoder()
  for await (const part of stream) {
    const lines = (rest + decoder.decode(part as Buffer, { stream: true })).split(/\r\n|\n/)
    rest = lines.pop()!
    for (const line of lines) {
      if (line === '' && current.data !== '') yield { ...current, data: current.data.slice(0, -1) }
      if (line === '') current = { id: current.id, event: 'message', data: '' }
      else current = withLine(current, line)
    }
  }
}

function withLine(event: ServerEvent, line: string): ServerEvent {
  const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!
  if (name === 'data') return { ...event, data: `${event.data}${value}\n` }
  return name === 'id' || name === 'event' ? { ...event, [name]: value } : event
}
