import { painter, tame } from './terminal.ts'
import type { Look } from './table.ts'
import { isThing } from './text.ts'

export interface Change {
  action: string
  kind: string
  name: string
  summary: string
  diff?: string
}

/** Whether a value is a list of changes, as plans and drift answer it. */
export const isChanges = (value: unknown): value is Change[] =>
  Array.isArray(value) &&
  value.every((item) => isThing(item) && typeof item.action === 'string' && typeof item.kind === 'string')

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
