import type { Random } from '../machine/random.ts'
import { keys, numbers, strings, types } from './_hostile-lists.ts'
import { raw } from './_raw-json.ts'

/** A text of random code units: of ASCII, of all, or of a few that matter. */
function noise(random: Random): string {
  const length = random.pick([1, 2, 7, 33, 65, 129, 257, 1_025])
  const unit = random.pick([
    () => 32 + random.below(95),
    () => random.below(0x10000),
    () => random.pick([0, 10, 13, 34, 37, 39, 46, 47, 92, 0xd800, 0x202e]),
  ])
  return Array.from({ length }, () => String.fromCharCode(unit())).join('')
}

export function hostileText(random: Random): string {
  const kind = random.below(10)
  if (kind === 0)
    return random.pick(['a', '.', '\0', 'é', '\ud800', 'a.', '['])!.repeat(random.pick([300, 5_000, 70_000]))
  return kind < 4 ? noise(random) : random.pick(strings)
}

/** Something nested so deep (levels). */
function nested(random: Random): unknown {
  const depth = random.pick([10, 100, 1_000])
  return raw(
    random.chance(0.5) ? `${'['.repeat(depth)}${']'.repeat(depth)}` : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
  )
}

/** A value that hardly any schema takes. */
export function hostileValue(random: Random): unknown {
  const kind = random.below(12)
  if (kind < 5) return hostileText(random)
  // A copy: what is nested in an input may be spoiled once more.
  if (kind < 8) return structuredClone(random.pick(types))
  if (kind < 10) return random.pick(numbers)
  if (kind === 10) return nested(random)
  return random.pick<unknown>([
    Array.from({ length: random.pick([101, 5_000]) }, () => 'a'),
    Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`key${at}`, at])),
  ])
}

type Tree = Record<string, unknown> | unknown[]

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null

/** Every place of a value that can be exchanged: the thing it is in, and its key there. */
const places = (value: Tree): [Tree, string][] =>
  Object.entries(value).flatMap(
    ([key, inner]) => [[value, key], ...(isTree(inner) ? places(inner) : [])] as [Tree, string][],
  )

/** Makes one place of a value wrong: another type, a missing key, one too many. Changes the value itself. */
export function spoil(value: unknown, random: Random): unknown {
  if (!isTree(value) || random.chance(0.08)) return hostileValue(random)
  const found = places(value)
  if (found.length === 0 || random.chance(0.15)) {
    const inside = random.pick([
      value,
      ...found.map(([parent, key]) => (parent as Record<string, unknown>)[key]).filter(isTree),
    ])
    // Assigned plainly, __proto__ would be no key.
    Object.defineProperty(inside, Array.isArray(inside) ? inside.length : random.pick(keys), {
      value: hostileValue(random),
      enumerable: true,
      configurable: true,
      writable: true,
    })
    return value
  }
  const [parent, key] = random.pick(found)
  if (random.chance(0.2)) Reflect.deleteProperty(parent, key)
  else
    (parent as Record<string, unknown>)[key] = random.chance(0.2)
      ? [(parent as Record<string, unknown>)[key]]
      : hostileValue(random)
  return value
}

/** JSON that is none, or hardly one. */
export function breakJson(text: string, random: Random): Buffer {
  const at = random.below(text.length + 1)
  const bytes = Buffer.from(text)
  return random.pick<() => Buffer>([
    () => Buffer.from(text.slice(0, at)),
    () => Buffer.concat([bytes.subarray(0, at), Buffer.from([random.below(256)]), bytes.subarray(at)]),
    () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
    () => Buffer.concat([bytes, Buffer.from('}')]),
    () => Buffer.from(text, 'utf16le'),
    () => Buffer.from([0xff, 0xfe, 0xc0, 0xaf, 0xed, 0xa0, 0x80]),
    () => Buffer.alloc(0),
    () =>
      Buffer.from(
        random.pick([
          'null',
          '1',
          '"a"',
          '[]',
          'NaN',
          "{'a':1}",
          '{a:1}',
          '{"a":1,}',
          '// a\n{}',
          '{"a":1}{"a":1}',
          '[1e999]',
          '{"domain":1,"domain":2}',
          '\0',
          ' ',
        ]),
      ),
    () => Buffer.from(`${'['.repeat(200_000)}`),
    () => Buffer.from(`{"a":"${'a'.repeat(1_100_000)}"}`),
  ])()
}
