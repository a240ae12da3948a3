import type { Schema } from './document.ts'
import { painter } from './terminal.ts'
import { breadth, cut, flatten, isList, textOf, type Entry, type Thing } from './text.ts'

/** How an answer is to look. `columns` is the terminal's width; Infinity where none is. */
export interface Look {
  coloured: boolean
  columns: number
  /** Noun of a list without a name. */
  noun?: string
  /** Said where there is nothing to print. */
  nothing?: string
}

export interface Column {
  head: string
  cells: string[]
  width: number
  /** The lower, the longer it stays. */
  rank: number
}

/** A column is never cut to less than this, nor than its head. */
const LEAST = 12

/** Columns of a list, all of them, the most important first, with what is nested by dots. */
export function toColumns(items: readonly Thing[], schema: Schema | undefined): Column[] {
  const rows = items.map((item) => new Map(flatten(item, schema).map((entry) => [entry.name, entry])))
  const names = led([...new Set(rows.flatMap((row) => [...row.keys()]))])
  const columns = names.map((name, index) => {
    const entries = rows.map((row) => row.get(name))
    const cells = entries.map((entry) => textOf(entry?.value, entry?.schema).replaceAll(/\s*\n\s*/g, ' '))
    const head = name.toUpperCase()
    return { head, cells, width: Math.max(breadth(head), ...cells.map(breadth)), rank: rankOf(name, index, entries) }
  })
  return columns.sort((one, other) => one.rank - other.rank)
}

/** Names that say which thing a row is about: one of them is the first column. */
const leads = ['domain', 'subject', 'id', 'name', 'username', 'key', 'version', 'address']

function led(names: string[]): string[] {
  const lead = leads.find((name) => names.includes(name))
  return lead === undefined || leads.includes(names[0]!) ? names : [lead, ...names.filter((name) => name !== lead)]
}

function rankOf(name: string, index: number, entries: readonly (Entry | undefined)[]): number {
  if (index === 0) return 0
  if (/^(?:state|status|severity)$/.test(name)) return 1
  if (name.includes('.') || entries.some((entry) => isList(entry?.value))) return 4
  return entries.every((entry) => entry === undefined || typeof entry.value === 'boolean') ? 3 : 2
}

/** Breadth of a table. */
export const breadthOf = (columns: readonly Column[]): number => columns.reduce((sum, { width }) => sum + width + 2, -2)

/** Leaves out and shortens columns until they fit, the least important first. */
export function fit(columns: readonly Column[], room: number): Column[] {
  const [first] = columns
  if (!first || breadthOf(columns) <= room) return [...columns]
  const widths = new Map<Column, number>()
  let left = room + 2
  for (const column of columns) {
    if (column !== first && sameCells(column, first)) continue
    const least = Math.min(column.width, Math.max(LEAST, breadth(column.head)), room)
    if (least + 2 > left) continue
    widths.set(column, least)
    left -= least + 2
  }
  for (const [column, least] of widths) {
    const width = Math.min(column.width, least + left)
    widths.set(column, width)
    left -= width - least
  }
  return columns.flatMap((column) => (widths.has(column) ? [{ ...column, width: widths.get(column)! }] : []))
}

/** A domain in letters beside one that has no others. */
const sameCells = (one: Column, other: Column): boolean =>
  one.cells.every((cell, row) => cell === '' || cell === other.cells[row])

/** Draws columns, a row a line. */
export function drawTable(columns: readonly Column[], { coloured }: Look): string {
  const line = (texts: string[]) =>
    texts
      .map((text, index) => {
        const { width } = columns[index]!
        const shown = cut(text, width)
        return shown + ' '.repeat(width - breadth(shown))
      })
      .join('  ')
      .trimEnd()
  const head = painter(coloured)('bold', line(columns.map(({ head }) => head)))
  const rows = (columns[0]?.cells ?? []).map((_, row) => line(columns.map(({ cells }) => cells[row]!)))
  return [head, ...rows].map((text) => `${text}\n`).join('')
}
