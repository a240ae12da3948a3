import { parseArgs } from 'node:util'
import type { Command } from './commands.ts'
import type { Operation } from './document.ts'
import { usage } from './errors.ts'
import { common, fieldsOf, mapOf, type Field } from './fields.ts'
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
  const { tokens, isOption } = tokensOf(args, fields)
  const flags: Flags = { json: false, plan: false, wait: true, help: false, body: null, output: null }
  const params: string[] = []
  const typed = new Map<Field, string[]>()
  const maps = new Map<Field, Record<string, unknown>>()
  const rest: string[] = []
  const end = tokens.find(({ kind }) => kind === 'option-terminator')?.index ?? Infinity
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') (operation.command && token.index > end ? rest : params).push(token.value)
    else if (Object.hasOwn(common, token.name))
      Object.assign(flags, { [token.name]: texts.includes(token.name) ? text(token, isOption) : !negated(token) })
    else take(fields, token, { typed, maps, isOption })
  }
  const map = mapOf(operation)
  const pairs = map ? params.splice(operation.params.length) : []
  if (!flags.help) refuseParams(words, operation, params)
  if (flags.plan && !operation.audit) throw usage('--plan works only with commands that change something')
  if (flags.body !== null && !operation.body) throw usage('This command takes no --body')
  const settled = withRest(operation, fields, rest, settle(fields, typed, maps))
  const values = map
    ? [...pairs.map((pair) => toPair(map, pair)), ...settled.values.flatMap(toRemovals)]
    : settled.values
  if (map && values.length === 0 && flags.body === null) throw usage('Name what to set: NAME=VALUE')
  return { flags, params, ...settled, values }
}

/** Usage behind a command’s words: its parameters, and the words that are nobody’s options. */
export const usageOf = ({ params, command }: Operation): string[] => [
  ...params.map((name) => name.toUpperCase()),
  ...(command ? ['--', 'WORDS...'] : []),
]

/** One `NAME=VALUE`, as a field of the map. */
function toPair(map: Field, pair: string): Given {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
  if (name === undefined) throw usage(`${quote(pair)} has no value: write NAME=VALUE`)
  return { field: { ...map, path: [name] }, value: one(map, value!) }
}

/** `--remove NAME` sends null for each name. */
const toRemovals = ({ field, value }: Given): Given[] =>
  field.option === 'remove'
    ? (value as string[]).map((name) => ({ field: { ...field, path: [name] }, value: null }))
    : [{ field, value }]

type Given = Parsed['values'][number]
type Token = Extract<ReturnType<typeof tokensOf>['tokens'][number], { kind: 'option' }>
type IsOption = (text: string) => boolean

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
  const { tokens } = parseArgs({
    args,
    options,
    strict: false,
    tokens: true,
    allowNegative: true,
    allowPositionals: true,
  })
  const isOption: IsOption = (text) => {
    const name = /^--(?:no-)?([^=]+)/.exec(text)?.[1]
    return text === '--' || text === '-h' || (name !== undefined && Object.hasOwn(options, name))
  }
  return { tokens, isOption }
}

/** The value of an option that needs one. It may begin with dashes, but the command's next option is none. */
function text({ rawName, value, inlineValue }: Token, isOption: IsOption): string {
  if (value === undefined) throw usage(`${rawName} needs a value`)
  if (!inlineValue && isOption(value))
    throw usage(`${rawName} needs a value; ${value} is an option itself. If it is meant: ${rawName}=${value}`)
  return value
}

/** parseArgs folds `--no-x` into `x`; a value it cannot have. */
function negated({ rawName, name, value }: Token): boolean {
  if (value !== undefined) throw usage(`--${name} takes no value: it is --${name} or --no-${name}`)
  return rawName === `--no-${name}`
}

interface Taken {
  typed: Map<Field, string[]>
  maps: Map<Field, Record<string, unknown>>
  isOption: IsOption
}

function take(fields: readonly Field[], token: Token, { typed, maps, isOption }: Taken): void {
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
    maps.set(owner, {
      ...maps.get(owner),
      [token.name.slice(owner.option.length + 1)]: one(owner, text(token, isOption)),
    })
    return
  }
  const value = field.kind === 'boolean' && !field.list ? String(!negated(token)) : text(token, isOption)
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

type Settled = Omit<Parsed, 'flags' | 'params'>

/** Gives the words after `--` to the field that takes them. */
function withRest({ command }: Operation, fields: readonly Field[], rest: string[], settled: Settled): Settled {
  const taker = fields.find(({ path }) => path[0] === command?.rest)
  if (!taker || rest.length === 0) return settled
  return {
    ...settled,
    values: [...settled.values.filter(({ field }) => field !== taker), { field: taker, value: rest }],
    missing: settled.missing.filter((field) => field !== taker),
  }
}

/** A map can also be given whole, as JSON. */
const whole = (field: Field, typed: string[]): unknown =>
  toValue(field.map ? { ...field, kind: 'json', map: false, choices: null } : field, typed)

function refuseParams(words: readonly string[], operation: Operation, given: readonly string[]): void {
  const wanted = operation.params
  const called = ['hosting-panel', ...words, ...usageOf(operation)].join(' ')
  if (given.length < wanted.length) throw usage(`${wanted[given.length]!.toUpperCase()} is missing: ${called}`)
  if (given.length > wanted.length) throw usage(`${quote(given[wanted.length]!)} is one too many: ${called}`)
  // Dots would leave the path, and name what lies above.
  if (given.some((value) => value === '.' || value === '..')) throw usage(`A name cannot be only dots: ${called}`)
  if (given.some((value) => value === '')) throw usage(`A name cannot be empty: ${called}`)
}
