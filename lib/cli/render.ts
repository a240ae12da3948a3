import { isChanges, renderChanges } from './changes.ts'
import { kebab, type Schema } from './document.ts'
import { breadthOf, drawTable, fit, toColumns, type Look } from './table.ts'
import { painter } from './terminal.ts'
import { breadth, flatten, isEmpty, isList, isThing, itemsOf, propertyOf, textOf, type Thing } from './text.ts'

/**
 * An answer for people: a list as a table, a thing as lines of name and value, changes with their diffs. The answer's
 * schema tells which names are people's own.
 */
export function render(value: unknown, look: Look, schema?: Schema): string {
  if (Array.isArray(value)) return renderList(value, look.noun ?? 'entries', look, itemsOf(schema))
  if (!isThing(value)) return isEmpty(value) ? nothing(look) : `${textOf(value)}\n`
  if (Object.keys(value).length === 1 && isChanges(value.changes)) return renderChanges(value.changes, look)
  const [first] = Object.entries(value)
  if (!first || !Array.isArray(first[1]) || !first[1].every(isThing))
    return renderThing(value, look, schema) || nothing(look)
  const list = renderList(first[1], kebab(first[0]), look, itemsOf(propertyOf(schema, first[0]).schema))
  const rest = renderThing(Object.fromEntries(Object.entries(value).slice(1)), look, schema)
  return rest ? `${list}\n${rest}` : list
}

const nothing = (look: Look): string => `${look.nothing ?? 'Done'}\n`

/** A list by itself: on a terminal it shows what fits. `show` and --json have everything. */
function renderList(items: unknown[], name: string, look: Look, schema: Schema | undefined): string {
  if (items.length === 0) return `No ${name.replaceAll('-', ' ')}\n`
  if (!isList(items)) return items.map((item) => `${textOf(item)}\n`).join('')
  return drawTable(fit(toColumns(items, schema), look.columns), look)
}

/** A thing, whole: `name  value`, what is nested by dots as options are, lists of things below. */
function renderThing(thing: Thing, look: Look, schema: Schema | undefined): string {
  const entries = flatten(thing, schema)
  const lists = entries.filter((entry) => isList(entry.value))
  const lines = renderLines(entries.filter((entry) => !lists.includes(entry)).map(toLine), look)
  const below = lists.map(
    ({ name, value, schema: inner }) =>
      `${painter(look.coloured)('bold', name)}\n${renderInner(value as Thing[], look, itemsOf(inner))}`,
  )
  return [...(lines ? [lines] : []), ...below].join('\n')
}

const toLine = ({ name, value, schema }: ReturnType<typeof flatten>[number]): Line => [name, textOf(value, schema)]
type Line = readonly [name: string, text: string]

/** More lines of a value stand below its first. */
function renderLines(lines: readonly Line[], { coloured }: Look): string {
  const paint = painter(coloured)
  const width = Math.max(0, ...lines.map(([name]) => breadth(name)))
  const indent = `\n${' '.repeat(width + 2)}`
  return lines
    .map(([name, text]) => {
      const padded = paint('dim', name + ' '.repeat(width - breadth(name)))
      return `${`${padded}  ${text.replaceAll('\n', indent)}`.trimEnd()}\n`
    })
    .join('')
}

/** A list inside a thing, of which nothing may be lost: a table where that fits, else one thing below the other. */
function renderInner(items: readonly Thing[], look: Look, schema: Schema | undefined): string {
  const columns = toColumns(items, schema)
  if (breadthOf(columns) <= look.columns) return drawTable(columns, look)
  return items
    .map((item) => renderLines(flatten(item, schema).map(toLine), look).replaceAll(/^/gm, '  ').trimEnd() + '\n')
    .join('\n')
}
