import { getRouterParams, type H3Event } from 'h3'
import * as v from 'valibot'
import { PanelError } from '../../model/errors.ts'
import type { AnyFunction } from './define.ts'

/** The largest request body in bytes. */
const LIMIT = 1024 * 1024

/** How long a body that is read into memory may take to arrive (ms). */
const BODY_TIMEOUT_MS = 60_000

/** A hostile body can be wrong in a hundred thousand places; users correct a few at a time. */
const MOST_ISSUES = 20

const nothing = v.strictObject({})

/** Everything a function takes, validated. Throws `invalid_input` and the errors of the body's form. */
export async function readInput(definition: AnyFunction, event: H3Event) {
  const query = Object.fromEntries(event.url.searchParams)
  const { plan, ...rest } = query
  return {
    params: check(definition.params ?? nothing, getRouterParams(event, { decode: true }), 'path'),
    query: check(definition.query ?? nothing, definition.audit ? rest : query, 'query'),
    body: definition.body ? check(definition.body, await readJson(event), 'body') : undefined,
    plan: wantsPlan(plan),
  }
}

function wantsPlan(value: string | undefined): boolean {
  if (value === undefined || value === 'true' || value === 'false') return value === 'true'
  throw new PanelError('invalid_input', 422, 'plan must be true or false')
}

/** Validates one part of the input. The issues name places and rules, never what was sent. */
export function check(schema: v.GenericSchema, value: unknown, where: string): unknown {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const issues = result.issues
    .slice(0, MOST_ISSUES)
    .map((issue) => ({ path: v.getDotPath(issue) ?? '', message: withoutInput(nearest(issue)) }))
  const first = issues[0]!
  throw new PanelError('invalid_input', 422, `${first.path || `The ${where}`}: ${first.message}`, { issues })
}

/** Picks, of a choice that has no words of its own, the schema that fits best: its type is right, its rule is not. */
function nearest(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  const isSilent = issue.type === 'union' && issue.message.startsWith('Invalid type: ')
  const told = isSilent ? issue.issues?.find(({ kind }) => kind === 'validation') : undefined
  return told ? nearest(told) : issue
}

/** valibot's own messages end in what was received, which may be a password; ours do not. */
function withoutInput(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'strict_object' && issue.expected === 'never') return 'Unknown key'
  return issue.message.replace(/(?: but received |: Received )[^]*$/, '')
}

async function readJson(event: H3Event): Promise<unknown> {
  const type = event.req.headers.get('content-type') ?? ''
  if (!/^application\/json\s*(?:;|$)/i.test(type)) {
    throw new PanelError('unsupported_media_type', 415, 'Send JSON with the header Content-Type: application/json')
  }
  const text = await readText(event)
  try {
    return JSON.parse(text)
  } catch {
    throw new PanelError('invalid_json', 400, 'The body is not valid JSON')
  }
}

async function readText(event: H3Event): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  const late = setTimeout(() => void event.req.body?.cancel().catch(() => undefined), BODY_TIMEOUT_MS)
  try {
    for await (const part of event.req.body ?? []) {
      size += part.length
      if (size > LIMIT) throw new PanelError('body_too_large', 413, 'The body is larger than 1 MiB')
      parts.push(part)
    }
  } finally {
    clearTimeout(late)
  }
  return Buffer.concat(parts).toString('utf8')
}
