import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fieldsOf, mapOf, type Field } from '../../../lib/cli/fields.ts'
import { helpOfCommand } from '../../../lib/cli/help.ts'
import { localCommands } from '../../../lib/cli/local.ts'
import { parse } from '../../../lib/cli/parse.ts'
import { commands } from './_document.ts'

/** A value that fits a field. */
function example({ kind, choices, schema, list }: Field): string {
  const { minimum = 0, maximum = Infinity } = list ? schema.items! : schema
  if (choices) return choices[0]!
  if (kind === 'integer' || kind === 'number') return String(Math.min(Math.max(1, minimum), maximum))
  return kind === 'boolean' ? 'true' : kind === 'json' ? '{}' : 'text'
}

/** An option as its help has it: `--limits.sites NUMBER`. */
function asTyped(field: Field): string[] {
  if (field.kind === 'boolean' && !field.list) return [`--${field.option}`]
  return field.map ? [`--${field.option}.NAME`, example(field)] : [`--${field.option}`, example(field)]
}

it.each(commands.map((command) => [command.words.join(' '), command] as const))(
  '%s takes every option that its help shows',
  (name, command) => {
    const help = helpOfCommand(command)
    const { operation } = command
    expect(help).toMatch(new RegExp(`^Usage: hosting-panel ${name}(?: |\\n)`))
    const shown = [...help.matchAll(/^ {2}--([^\s,]+)/gm)].map(([, name]) => name!)
    const fields = fieldsOf(operation)
    const words = operation.command ? ['--', 'word'] : []
    expect(shown).toEqual(expect.arrayContaining(fields.map(({ option, map }) => (map ? `${option}.NAME` : option))))
    const params = operation.params.map((name) => name.toLowerCase())
    const pairs = mapOf(operation) ? ['NAME=VALUE'] : []
    for (const field of fields)
      expect(parse(command, [...params, ...pairs, ...asTyped(field), ...words]).params, field.option).toEqual(params)
  },
)

it('knows every command that the README names', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8')
  const named = [...text.matchAll(/hosting-panel ((?:[a-z][a-z-]*(?: |\b))+)/g)].map(([, words]) => words!.trim())
  const known = [...commands, ...localCommands].map(({ words }) => words.join(' '))
  const called = named.filter((words) => !words.startsWith('completion '))
  expect(called.length).toBeGreaterThan(10)
  expect(called.filter((words) => !known.some((one) => words === one || words.startsWith(`${one} `)))).toEqual([])
})
