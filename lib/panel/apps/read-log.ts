import type { H3Event } from 'h3'
import type { Context } from '../http/context.ts'
import { streamLog } from './log.ts'
import { appOf } from './spec.ts'

/** An app's log as it grows, after its last lines. Throws `not_an_app`. */
export function streamAppLog(ctx: Context, event: H3Event, domain: string, lines: number): ReadableStream {
  appOf(ctx, domain)
  return streamLog(event, domain, lines)
}
