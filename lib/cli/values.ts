import { usage } from './errors.ts'
import type { Field } from './fields.ts'

/** Turns typed text into the value that the panel takes. Throws a usage error that says what fits. */
export function toValue(field: Field, typed: string[]): unknown {
  const last = typed.at(-1)!
  if (field.nullable && last === '') return null
  if (!field.list) return one(field, last)
  const parts = typed.flatMap((text) => (text === '' ? [] : text.split(',').map((part) => part.trim())))
  return parts.map((part) => one(field, part))
}

/** One value of a field: of a list an item, of a map what a name stands for. */
export function one(field: Field, text: string): unknown {
  const { option, kind, choices } = field
  if (choices && !choices.includes(text))
    throw usage(`--${option} takes ${phrase(choices)}, not ${quote(text)}${nearest(text, choices)}`)
  if (kind === 'integer' || kind === 'number') return toNumber(field, text)
  if (kind === 'boolean') return toBoolean(field, text)
  if (kind !== 'json' || (field.map && field.schema.additionalProperties === true)) return text
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw usage(`--${option} takes JSON, such as '${field.schema.type === 'array' ? '[]' : '{}'}'`)
  }
}

function toNumber({ option, kind, schema, list }: Field, text: string): number {
  const { minimum, maximum } = list ? schema.items! : schema
  const number = Number(text)
  const right = /^-?\d+(?:\.\d+)?$/.test(text) && (kind === 'number' || Number.isSafeInteger(number))
  if (right && number >= (minimum ?? -Infinity) && number <= (maximum ?? Infinity)) return number
  const range =
    minimum !== undefined && maximum !== undefined
      ? ` from ${minimum} to ${maximum}`
      : minimum !== undefined
        ? ` of at least ${minimum}`
        : ''
  throw usage(`--${option} takes a ${kind === 'integer' ? 'whole number' : 'number'}${range}, not ${quote(text)}`)
}

function toBoolean({ option }: Field, text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw usage(`--${option} takes no value: it is --${option} or --no-${option}`)
}

const phrase = (choices: readonly string[]): string =>
  choices.length === 1 ? choices[0]! : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`

/** A typed text in a message: short, and with nothing that a terminal obeys. */
export const quote = (text: string): string =>
  JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text).replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, '?')

/** `; did you mean "sites"?`, when one of the names is close to what was typed. */
export function nearest(typed: string, names: readonly string[]): string {
  const [best] = names.map((name) => ({ name, away: distance(typed, name) })).sort((a, b) => a.away - b.away)
  return best && best.away <= Math.ceil(best.name.length / 3) && best.away < best.name.length
    ? `; did you mean ${best.name}?`
    : ''
}

/** How many letters must be changed, added or left out (Levenshtein). */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 3) return 99
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length]!
}
