import { isBelow, type Command } from './commands.ts'
import { common, commonOf, fieldsOf, mapOf, type Field } from './fields.ts'
import type { LocalCommand } from './local.ts'

/** Every command there is: the panel's own, and those that need no panel. */
export interface Commands {
  remote: readonly Command[]
  local: readonly LocalCommand[]
}

const SHELLS = 'hosting-panel completion bash|zsh'

/** Two columns, the second where the longest of the first ends. */
function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.min(36, Math.max(0, ...rows.map(([left]) => left.length)))
  return rows
    .map(
      ([left, right]) =>
        `  ${left.padEnd(width)}${left.length > width ? `\n  ${' '.repeat(width)}` : ''}  ${right}`.trimEnd() + '\n',
    )
    .join('')
}

/** The help of the whole, or of the commands below some words. */
export function helpOf({ remote, local }: Commands, path: readonly string[]): string {
  const below = [...remote.map(({ words, operation }) => ({ words, summary: operation.summary })), ...local]
    .filter((one) => isBelow(one, path))
    .sort((a, b) => (a.words.join(' ') < b.words.join(' ') ? -1 : 1))
  if (path.length > 0)
    return (
      `Usage: hosting-panel ${path.join(' ')} COMMAND ` +
      `[OPTIONS]\n\n${columns(below.map(({ words, summary }) => [words.slice(path.length).join(' '), summary]))}`
    )
  const groups = [...new Set(below.map(({ words }) => words[0]!))].sort()
  const rows = groups.map((group): [string, string] => {
    const inside = below.filter(({ words }) => words[0] === group)
    return [
      group,
      inside.length === 1 && inside[0]!.words.length === 1
        ? inside[0]!.summary
        : inside.map(({ words }) => words.slice(1).join(' ')).join(', '),
    ]
  })
  return (
    'Usage: hosting-panel COMMAND [OPTIONS]\nCalls the functions of the panel, for root on this server.\n\n' +
    `${columns([...rows, ['completion', `Print a shell’s completion script (${SHELLS})`]])}\n` +
    'hosting-panel COMMAND --help lists its options. Every command has --json; commands that change something ' +
    'also have --plan.\n' +
    'Exit codes: 0 done, 1 refused, 2 wrong usage, 3 the panel does not answer.\n'
  )
}

/** The help of one command. */
export function helpOfCommand({ words, operation }: Command): string {
  const { method, path, scope, summary, params } = operation
  const fields = fieldsOf(operation)
  const called = [
    'hosting-panel',
    ...words,
    ...params.map((name) => name.toUpperCase()),
    ...(mapOf(operation) ? ['NAME=VALUE…'] : []),
    ...(fields.length > 0 ? ['[OPTIONS]'] : []),
    ...(operation.command ? ['--', 'WORDS...'] : []),
  ].join(' ')
  const options = fields.map((field): [string, string] => [`--${field.option}${placeholder(field)}`, notes(field)])
  const usual = commonOf(operation).map((name): [string, string] => [
    { body: '--body FILE', output: '--output FILE', wait: '--no-wait' }[name as string] ?? `--${name}`,
    common[name],
  ])
  return (
    `Usage: ${called}\n${summary}\n(${method} ${path}${scope ? `, needs ${scope}` : ''})\n\n` +
    `${options.length > 0 ? `Options\n${columns(options)}\n` : ''}Common options\n${columns(usual)}`
  )
}

export function helpOfLocal({ usage, summary, options }: LocalCommand): string {
  const rows = options.map(({ option, value, description }): [string, string] => [`--${option} ${value}`, description])
  return `Usage: ${usage}\n${summary}\n${rows.length > 0 ? `\nOptions\n${columns(rows)}` : ''}`
}

function placeholder({ kind, list, map, choices }: Field): string {
  if (kind === 'boolean' && !list) return ''
  const item = choices
    ? 'NAME'
    : { text: 'TEXT', integer: 'NUMBER', number: 'NUMBER', boolean: 'true|false', json: 'JSON' }[kind]
  return map ? `.NAME ${item}` : list ? ` ${item},…` : ` ${item}`
}

/** Says which values of an option callers may give, if not every caller may give all. */
function setter({ 'x-set-by': by, 'x-others-may': others }: Field['schema']): string | undefined {
  return others && `an ${by}: any value; others: ${others}`
}

function notes({ option, kind, list, map, nullable, required, secret, choices, schema }: Field): string {
  const { minimum, maximum } = list ? (schema.items ?? {}) : schema
  const fallback = schema.default === undefined || typeof schema.default === 'object' ? '' : String(schema.default)
  return [
    required && 'required',
    schema.description,
    setter(schema),
    choices && `one of ${choices.join(', ')}`,
    minimum !== undefined && maximum !== undefined && `${minimum} to ${maximum}`,
    kind === 'boolean' && !list && `or --no-${option}`,
    (list || map) && 'may be repeated',
    secret && '- reads it from standard input',
    nullable && 'empty: none',
    fallback && `default ${fallback}`,
  ]
    .filter(Boolean)
    .join('; ')
}
