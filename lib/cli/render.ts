import { kebab } from './document.ts'
import { painter, tame } from './terminal.ts'

/** How an answer is to look. `columns` is the terminal's width; Infinity where none is. */
export interface Look {
  coloured: boolean
  columns: number
}

type Thing = Record<string, unknown>
interface Change {
  action: string
  kind: string
  name: string
  summary: string
  diff?: string
}

const isThing = (value: unknown): value is Thing => typeof value === 'object' && value !== null && !Array.isArray(value)
const isList = (value: unknown): value is Thing[] => Array.isArray(value) && value.length > 0 && value.every(isThing)

/** An answer for people: a list as a table, a thing as lines of name and value, changes with their diffs. */
export function render(value: unknown, look: Look): string {
  if (value === undefined || value === null) return 'Done\n'
  if (!isThing(value)) return `${plain(value)}\n`
  if (Object.keys(value).length === 1 && isChanges(value.changes)) return renderChanges(value.changes, look)
  const [first] = Object.entries(value)
  if (!first || !Array.isArray(first[1]) || first[1].some((item) => !isThing(item))) return renderThing(value, look)
  const rest = Object.fromEntries(
    Object.entries(value)
      .slice(1)
      .filter(([, inner]) => inner !== null),
  )
  const list =
    first[1].length > 0 ? renderTable(first[1] as Thing[], look) : `No ${kebab(first[0]).replaceAll('-', ' ')}\n`
  return Object.keys(rest).length > 0 ? `${list}\n${renderThing(rest, look)}` : list
}

const isChanges = (value: unknown): value is Change[] =>
  Array.isArray(value) &&
  value.every((item) => isThing(item) && typeof item.action === 'string' && typeof item.kind === 'string')

/** A thing: `name  value`, what is nested by dots as options are; lists of things as tables below. */
function renderThing(thing: Thing, look: Look): string {
  const paint = painter(look.coloured)
  const rows = flatten(thing, [])
  const width = Math.max(0, ...rows.map(([name]) => name.length))
  const lines = rows.map(([name, text]) => `${paint('dim', name.padEnd(width))}  ${text}`.trimEnd())
  const tables = Object.entries(thing)
    .filter((entry): entry is [string, Thing[]] => isList(entry[1]))
    .map(([name, items]) => `\n${paint('bold', kebab(name))}\n${renderTable(items, look)}`)
  return `${lines.map((line) => `${line}\n`).join('')}${tables.join('')}`
}

function flatten(thing: Thing, path: string[]): [string, string][] {
  return Object.entries(thing).flatMap(([name, value]): [string, string][] => {
    const here = [...path, kebab(name)]
    if (isThing(value) && Object.keys(value).length > 0) return flatten(value, here)
    return isList(value) && path.length === 0 ? [] : [[here.join('.'), plain(value)]]
  })
}

/** One value on one line. */
function plain(value: unknown): string {
  if (value === null || value === undefined) return '-'
  if (value === true) return 'yes'
  if (value === false) return 'no'
  if (Array.isArray(value))
    return value.length === 0
      ? '-'
      : value.map((item) => (isThing(item) ? tame(JSON.stringify(item)) : plain(item))).join(', ')
  return isThing(value) ? tame(JSON.stringify(value)).replace(/^\{\}$/, '-') : tame(String(value))
}

/** A table of what is short. Whatever is nested needs `show` or --json. */
function renderTable(items: Thing[], look: Look): string {
  const paint = painter(look.coloured)
  const columns = toColumns(items)
  for (let drop = dropped(columns, look.columns); drop !== -1; drop = dropped(columns, look.columns))
    columns.splice(drop, 1)
  const line = (texts: string[]) =>
    `${texts
      .map((text, index) => text + ' '.repeat(columns[index]!.width - breadth(text)))
      .join('  ')
      .trimEnd()}\n`
  return (
    paint('bold', line(columns.map(({ head }) => head)).trimEnd()) +
    '\n' +
    items.map((_, row) => line(columns.map(({ cells }) => cells[row]!))).join('')
  )
}

interface Column {
  head: string
  cells: string[]
  width: number
  /** Yes and no: the first to go where there is no room. */
  minor: boolean
}

function toColumns(items: Thing[]): Column[] {
  return [...new Set(items.flatMap(Object.keys))]
    .filter((name) => items.every((item) => isShort(item[name])))
    .flatMap((name) => {
      const head = kebab(name).toUpperCase()
      const cells = items.map((item) => (Array.isArray(item[name]) ? cut(plain(item[name])) : plain(item[name])))
      const column = {
        head,
        cells,
        width: Math.max(head.length, ...cells.map(breadth)),
        minor: items.every((item) => typeof item[name] === 'boolean'),
      }
      return cells.every((cell) => cell === '-') ? [] : [column]
    })
}

/** Which column has to go for the table to fit: the last minor one, then the last, never the first; -1 when it fits. */
function dropped(columns: readonly Column[], room: number): number {
  const used = columns.reduce((sum, { width }) => sum + width + 2, -2)
  if (used <= room || columns.length <= 1) return -1
  const minor = columns.findLastIndex((column, index) => index > 0 && column.minor)
  return minor === -1 ? columns.length - 1 : minor
}

/** A long list in a cell pushes everything else out. */
const cut = (text: string): string => ([...text].length > 40 ? `${[...text].slice(0, 39).join('')}…` : text)

const isShort = (value: unknown): boolean => !isThing(value) && !isList(value)

/** Characters, not UTF-16 units. */
const breadth = (text: string): number => [...text].length

const signs: Record<string, ['green' | 'red' | 'cyan', string]> = {
  create: ['green', '+'],
  delete: ['red', '-'],
  update: ['cyan', '~'],
}

/** Renders changes, each with its diff. */
export function renderChanges(changes: Change[], { coloured }: Look): string {
  if (changes.length === 0) return 'Nothing to change on the server\n'
  const paint = painter(coloured)
  return changes
    .map(({ action, kind, name, summary, diff }) => {
      const [colour, sign] = signs[action] ?? ['cyan', '~']
      const said = `${paint(colour, `${sign} ${action} ${kind} ${tame(name)}`)}${summary ? `: ${tame(summary)}` : ''}\n`
      return (
        said +
        (diff ?? '')
          .replace(/\n$/, '')
          .split('\n')
          .filter((line, index, all) => line || all.length > 1 || index > 0)
          .map((line) => `    ${paintDiff(tame(line), paint)}\n`)
          .join('')
      )
    })
    .join('')
}

function paintDiff(line: string, paint: ReturnType<typeof painter>): string {
  if (/^(?:\+\+\+|---|@@|={3})/.test(line)) return paint('dim', line)
  return line.startsWith('+') ? paint('green', line) : line.startsWith('-') ? paint('red', line) : line
}
