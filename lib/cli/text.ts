import { kebab, type Schema } from './document.ts'
import { tame, tameLines } from './terminal.ts'

export type Thing = Record<string, unknown>

export const isThing = (value: unknown): value is Thing =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
export const isList = (value: unknown): value is Thing[] =>
  Array.isArray(value) && value.length > 0 && value.every(isThing)

/** Whether there is nothing to print. */
export const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  (typeof value === 'object' && Object.values(value).every((inner) => isThing(value) && isEmpty(inner)))

/** Finds the schema of a property. The names in a map are its owner's own: they are shown as they are. */
export function propertyOf(schema: Schema | undefined, name: string): { schema: Schema | undefined; label: string } {
  const options = schema ? [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])] : []
  const known = options.find(({ properties }) => properties && Object.hasOwn(properties, name))
  if (known) return { schema: known.properties![name], label: kebab(name) }
  const map = options.map(({ additionalProperties }) => additionalProperties).find(Boolean)
  return { schema: map === true ? undefined : map || undefined, label: map ? tame(name) : kebab(name) }
}

/** Schema of a list's items. */
export const itemsOf = (schema: Schema | undefined): Schema | undefined =>
  schema && [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].find(({ items }) => items)?.items

/** Values of a thing by their names, what is nested by dots; lists of things are left whole. */
export function flatten(thing: Thing, schema: Schema | undefined, path: string[] = []): Entry[] {
  return Object.entries(thing).flatMap(([name, value]): Entry[] => {
    const { schema: inner, label } = propertyOf(schema, name)
    const here = [...path, label]
    if (isThing(value)) return flatten(value, inner, here)
    return isEmpty(value) ? [] : [{ name: here.join('.'), value, schema: inner }]
  })
}

export interface Entry {
  name: string
  value: unknown
  schema: Schema | undefined
}

/** One value, on as many lines as it has. */
export function textOf(value: unknown, schema?: Schema): string {
  if (value === true) return 'yes'
  if (value === false) return 'no'
  if (isList(value)) return value.map((item) => inline(item, itemsOf(schema))).join('; ')
  if (Array.isArray(value)) return value.map((item) => textOf(item)).join(', ')
  return tameLines(String(value ?? '').replace(/(?:\r?\n)+$/, ''))
}

const inline = (thing: Thing, schema: Schema | undefined): string =>
  flatten(thing, schema)
    .map(({ name, value, schema: inner }) => `${name} ${textOf(value, inner)}`)
    .join(', ')

/** How many columns of a terminal a text takes: letters of East Asia and pictures two, combining marks none. */
export const breadth = (text: string): number => [...text].reduce((sum, letter) => sum + breadthOf(letter), 0)

const scripts = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}'
const wide = new RegExp(`[${scripts}\\p{Emoji_Presentation}\\u3000-\\u303e\\uff01-\\uff60\\uffe0-\\uffe6]`, 'u')

const breadthOf = (letter: string): number => (/[\p{Mn}\p{Me}\p{Cf}]/u.test(letter) ? 0 : wide.test(letter) ? 2 : 1)

/** Shortens a text to a breadth. */
export function cut(text: string, room: number): string {
  if (breadth(text) <= room) return text
  let made = ''
  for (const letter of text) {
    if (breadth(made) + breadthOf(letter) > room - 1) break
    made += letter
  }
  return `${made}…`
}
