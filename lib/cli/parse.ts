import { parseArgs } from 'node:util'
import type { Command } from './commands.ts'
import { usage } from './errors.ts'
import { common, fieldsOf, type Field } from './fields.ts'
import { nearest, one, quote, toValue } from './values.ts'

export interface Flags {
  json: boolean
  plan: boolean
  wait: boolean
  help: boolean
  body: string | null
  output: string | null
}

export interface Parsed {
  flags: Flags
  /** The path's parameters, in its order. */
  params: string[]
  values: { field: Field; value: unknown }[]
  /** Secrets that are to be read from standard input. */
  asked: Field[]
  /** Required, and not given. */
  missing: Field[]
}

const texts = ['body', 'output']
type Options = Record<string, { type: 'string' | 'boolean'; short?: string }>

/** Reads the arguments behind a command's words. Throws usage errors; whatever is a value goes through as it is. */
export function parse({ words, operation }: Command, args: string[]): Parsed {
  const fields = fieldsOf(operation)
  const tokens = tokensOf(args, fields)
  const flags: Flags = { json: false, plan: false, wait: true, help: false, body: null, output: null }
  const params: string[] = []
  const typed = new Map<Field, string[]>()
  const maps = new Map<Field, Record<string, unknown>>()
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') params.push(token.value)
    else if (Object.hasOwn(common, token.name))
      Object.assign(flags, { [token.name]: texts.includes(token.name) ? text(token) : !negated(token) })
    else take(fields, token, typed, maps)
  }
  if (!flags.help) refuseParams(words, operation.params, params)
  if (flags.plan && !operation.audit) throw usage('--plan works only with commands that change something')
  if (flags.body !== null && !operation.body) throw usage('This command takes no --body')
  return { flags, params, ...settle(fields, typed, maps) }
}

type Token = Extract<ReturnType<typeof tokensOf>[number], { kind: 'option' }>

function tokensOf(args: string[], fields: readonly Field[]) {
  const options: Options = { help: { type: 'boolean', short: 'h' } }
  for (const name of Object.keys(common)) options[name] ??= { type: texts.includes(name) ? 'string' : 'boolean' }
  for (const { option, kind, list } of fields)
    options[option] = { type: kind === 'boolean' && !list ? 'boolean' : 'string' }
  for (const arg of args) {
    // The names in a map are its owner's own, so that no list of options has them.
    const name = /^--([^=]+)/.exec(arg)?.[1] ?? ''
    if (fields.some(({ map, option }) => map && name.startsWith(`${option}.`))) options[name] = { type: 'string' }
  }
  return parseArgs({ args, options, strict: false, tokens: true, allowNegative: true, allowPositionals: true }).tokens
}

/** The value of an option that needs one. What looks like the next option is not taken for it. */
function text({ rawName, value, inlineValue }: Token): string {
  if (value === undefined) throw usage(`${rawName} needs a value`)
  if (!inlineValue && /^-./.test(value))
    throw usage(
      `${rawName} needs a value; one that begins with a dash is written ${rawName}=${quote(value).slice(1, -1)}`,
    )
  return value
}

/** parseArgs folds `--no-x` into `x`; a value it cannot have. */
function negated({ rawName, name, value }: Token): boolean {
  if (value !== undefined) throw usage(`--${name} takes no value: it is --${name} or --no-${name}`)
  return rawName === `--no-${name}`
}

function take(
  fields: readonly Field[],
  token: Token,
  typed: Map<Field, string[]>,
  maps: Map<Field, Record<string, unknown>>,
): void {
  const field = fields.find(({ option }) => option === token.name)
  const owner = field ?? fields.find(({ map, option }) => map && token.name.startsWith(`${option}.`))
  if (!owner) {
    const names = [...fields.map(({ option }) => option), ...Object.keys(common)]
    throw usage(
      'There is no option ' +
        `${quote(token.rawName).slice(1, -1)}${nearest(token.name, names).replace('mean ', 'mean --')}`,
    )
  }
  if (!field) {
    maps.set(owner, { ...maps.get(owner), [token.name.slice(owner.option.length + 1)]: one(owner, text(token)) })
    return
  }
  const value = field.kind === 'boolean' && !field.list ? String(!negated(token)) : text(token)
  typed.set(field, [...(typed.get(field) ?? []), value])
}

function settle(
  fields: readonly Field[],
  typed: Map<Field, string[]>,
  maps: Map<Field, Record<string, unknown>>,
): Omit<Parsed, 'flags' | 'params'> {
  const given = fields.filter((field) => typed.has(field) || maps.has(field))
  const asked = given.filter((field) => field.secret && typed.get(field)?.at(-1) === '-')
  const values = given
    .filter((field) => !asked.includes(field))
    .map((field) => ({ field, value: maps.get(field) ?? whole(field, typed.get(field)!) }))
  return { values, asked, missing: fields.filter((field) => field.required && !given.includes(field)) }
}

/** A map can also be given whole, as JSON. */
const whole = (field: Field, typed: string[]): unknown =>
  toValue(field.map ? { ...field, kind: 'json', map: false, choices: null } : field, typed)

function refuseParams(words: readonly string[], wanted: readonly string[], given: readonly string[]): void {
  const called = `hosting-panel ${words.join(' ')} ${wanted.map((name) => name.toUpperCase()).join(' ')}`.trim()
  if (given.length < wanted.length) throw usage(`${wanted[given.length]!.toUpperCase()} is missing: ${called}`)
  if (given.length > wanted.length) throw usage(`${quote(given[wanted.length]!)} is one too many: ${called}`)
  // Dots would leave the path, and name what lies above.
  if (given.some((value) => value === '.' || value === '..')) throw usage(`A name cannot be only dots: ${called}`)
  if (given.some((value) => value === '')) throw usage(`A name cannot be empty: ${called}`)
}
