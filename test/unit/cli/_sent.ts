import { Readable, Writable } from 'node:stream'
import { expect } from 'vitest'
import { Ending } from '../../../lib/cli/errors.ts'
import { parse } from '../../../lib/cli/parse.ts'
import { toRequest } from '../../../lib/cli/request.ts'
import type { Schema } from '../../../lib/cli/document.ts'
import { command, operation } from './_document.ts'

export const terminal = (input = '') => ({
  stdin: Readable.from([Buffer.from(input)]),
  stdout: new Writable(),
  stderr: new Writable(),
  env: {},
})

export async function sent(words: string, args: string[], input = '') {
  const found = command(...words.split(' '))
  const request = await toRequest(found, parse(found, args), terminal(input))
  return { ...request, body: typeof request.body === 'string' ? (JSON.parse(request.body) as unknown) : request.body }
}

const withBody = (properties: Record<string, Schema>, required: string[] = []) => ({
  words: ['things', 'set'],
  operation: operation('PUT', '/api/things', {
    audit: 'thing.set',
    body: { type: 'application/json', schema: { type: 'object', properties, required } },
  }),
})

export async function body(
  properties: Record<string, Schema>,
  args: string[],
  input = '',
  required: string[] = [],
): Promise<unknown> {
  const made = withBody(properties, required)
  return JSON.parse((await toRequest(made, parse(made, args), terminal(input))).body as string)
}

export async function refused(of: () => unknown): Promise<string> {
  try {
    await of()
  } catch (error) {
    expect(error).toBeInstanceOf(Ending)
    expect((error as Ending).exit).toBe(2)
    return (error as Ending).message
  }
  throw new Error('it was not refused')
}
