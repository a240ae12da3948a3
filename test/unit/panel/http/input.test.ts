import * as v from 'valibot'
import { expect, it } from 'vitest'
import { manifest } from '../../../../functions/manifest.ts'
import { resolvers } from '../../../../lib/model/protocol/desired.ts'
import type { AnyFunction } from '../../../../lib/panel/http/define.ts'
import { check } from '../../../../lib/panel/http/input.ts'

const complaint = (schema: v.GenericSchema, value: unknown): string => {
  try {
    check(schema, value, 'body')
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

interface Node {
  type: string
  entries?: Record<string, Node>
  item?: Node
  wrapped?: Node
  options?: Node[]
  pipe?: Node[]
}

/** Every choice of schemas within one. */
function unionsIn(node: Node): Node[] {
  const inner = [
    ...Object.values(node.entries ?? {}),
    node.item,
    node.wrapped,
    ...(node.pipe?.slice(0, 1) ?? []),
    ...(node.type === 'union' ? node.options! : []),
  ]
  return [
    ...(node.type === 'union' ? [node] : []),
    ...inner.flatMap((each) => (each && each !== node ? unionsIn(each) : [])),
  ]
}

const schemas = (Object.values(manifest) as AnyFunction[]).flatMap(({ params, query, body }) =>
  [params, query, body].filter((each) => each !== undefined),
)
const unions = [...new Set(schemas.flatMap((schema) => unionsIn(schema as unknown as Node)))]

it('an address that is none is told as such', () => {
  expect(complaint(resolvers, ['nonsense'])).toBe('0: Write an address such as 9.9.9.9 or 2001:db8::1')
  expect(complaint(resolvers, ['9.9.9.9', '2001:db8::1'])).toBe('')
})

it('no choice of schemas says that text should have been text', () => {
  expect(unions.length).toBeGreaterThan(0)
  for (const union of unions)
    expect(complaint(union as unknown as v.GenericSchema, '!! no value')).not.toMatch(/^The body: Invalid type/)
})

it('of a choice the nearest complaint is told, and the choice’s own where nothing is near', () => {
  const even = v.pipe(
    v.number(),
    v.check((value) => value % 2 === 0, 'Write an even number'),
  )
  expect(complaint(v.union([v.literal('none'), even]), 3)).toBe('The body: Write an even number')
  const large = v.pipe(v.number(), v.minValue(1000, 'Write a large number'))
  const worded = v.union([even, large], 'Write an even or a large number')
  for (const value of [3, true]) expect(complaint(worded, value)).toBe('The body: Write an even or a large number')
  expect(complaint(v.union([even, large]), 3)).toBe('The body: Write an even number')
})
