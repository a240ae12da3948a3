import { createReadStream, openSync, readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import type { Request } from './client.ts'
import type { Command } from './commands.ts'
import { isJson } from './document.ts'
import { usage } from './errors.ts'
import type { Field } from './fields.ts'
import type { Parsed } from './parse.ts'
import { readAll, readSecrets } from './secrets.ts'
import type { Terminal } from './terminal.ts'

/** The request that a parsed command is. Reads files and standard input as asked for. */
export async function toRequest({ operation }: Command, parsed: Parsed, terminal: Terminal): Promise<Request> {
  const { flags, params, asked, missing } = parsed
  const needed = flags.body === null ? missing : missing.filter(({ where }) => where === 'query')
  const prompted = needed.filter(({ secret }) => secret && terminal.stdin.isTTY === true)
  refuseMissing(needed.filter((field) => !prompted.includes(field)))
  if (flags.body === '-' && asked.length > 0)
    throw usage(`Standard input cannot hold both the body and --${asked[0]!.option}`)
  const path = pathOf(operation.path, operation.params, params)
  if (operation.body && !isJson(operation.body.type)) {
    if (flags.body === null) throw usage('Missing: --body FILE (--body - reads standard input)')
    const body = flags.body === '-' ? terminal.stdin : openBody(flags.body)
    return {
      method: operation.method,
      path: path + queryOf(parsed.values, flags.plan),
      headers: { 'content-type': operation.body.type },
      body,
    }
  }
  const values = [...parsed.values, ...(await readSecrets(terminal, [...asked, ...prompted]))]
  const request = { method: operation.method, path: path + queryOf(values, flags.plan) }
  if (!operation.body) return request
  const body = flags.body === null ? {} : await readBody(flags.body, terminal)
  for (const { field, value } of values) if (field.where === 'body') put(body, field.path, value)
  return { ...request, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

function refuseMissing(missing: readonly Field[]): void {
  const [first] = missing
  if (!first) return
  const options = missing.map(({ option }) => `--${option}`).join(', ')
  throw usage(`Missing: ${options}${first.secret ? ` (--${first.option} - reads it from standard input)` : ''}`)
}

const pathOf = (path: string, names: readonly string[], params: readonly string[]): string =>
  names.reduce((made, name, index) => made.replace(`{${name}}`, () => encodeURIComponent(params[index]!)), path)

function queryOf(values: readonly { field: Field; value: unknown }[], plan: boolean): string {
  const query = new URLSearchParams()
  for (const { field, value } of values) if (field.where === 'query') query.append(field.path[0]!, String(value ?? ''))
  if (plan) query.append('plan', 'true')
  return query.size > 0 ? `?${query}` : ''
}

/** Opened at once, so that a file that is not there is known before the panel is asked. */
function openBody(file: string): Readable {
  try {
    return createReadStream(file, { fd: openSync(file, 'r') })
  } catch (error) {
    throw usage(`The body cannot be read: ${(error as Error).message}`)
  }
}

async function readBody(source: string, terminal: Terminal): Promise<Record<string, unknown>> {
  let body: unknown
  try {
    body = JSON.parse(source === '-' ? await readAll(terminal) : readFileSync(source, 'utf8'))
  } catch (error) {
    throw usage(
      error instanceof SyntaxError
        ? 'The body is not valid JSON'
        : `The body cannot be read: ${(error as Error).message}`,
    )
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw usage('The body must be a JSON object')
  return body as Record<string, unknown>
}

/** Puts a value where its path leads. Names are the schema's or a map's owner's, never a prototype's. */
function put(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first, ...rest] = path as [string, ...string[]]
  const inner = Object.hasOwn(target, first) ? target[first] : undefined
  if (rest.length > 0) {
    const nested = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {}
    put(nested, rest, value)
    value = nested
  }
  Object.defineProperty(target, first, { value, enumerable: true, configurable: true, writable: true })
}
