import { isColoured, isLive, painter, tame, type Terminal } from './terminal.ts'

/** Draws long work on standard error. */
export interface Progress {
  step(name: string): void
  percent(percent: number): void
  output(line: string): void
  end(ok: boolean): void
}

/** How many of the last lines of output a failure shows. */
const LAST = 10

/** Prints the output of work as if it ran here; a terminal is given tamed text alone, with its tabs. */
export const printOutput = ({ stdout }: Terminal): Progress => ({
  step: () => {},
  percent: () => {},
  output: (line) => void stdout.write(`${stdout.isTTY ? line.split('\t').map(tame).join('\t') : line}\n`),
  end: () => {},
})

/** On a terminal one line a step that is written over; elsewhere a line whenever a step begins. */
export function drawProgress(terminal: Terminal): Progress {
  const { stderr } = terminal
  const live = isLive(terminal, stderr)
  const paint = painter(isColoured(terminal, stderr))
  const lastLines: string[] = []
  let step = ''
  let percent = 0
  const draw = (sign: string, more: string) => {
    const text = `${sign} ${step}${more}`
    const width = Math.max(20, stderr.columns ?? 80)
    stderr.write(`\r\x1b[K${[...text].length < width ? text : `${[...text].slice(0, width - 2).join('')}…`}`)
  }
  const finish = (ok: boolean) => {
    if (!live || !step) return
    stderr.write(`\r\x1b[K${ok ? paint('green', '✓') : paint('red', '✗')} ${step}\n`)
  }
  return {
    step(name) {
      finish(true)
      step = tame(name)
      if (live) draw('·', '')
      else stderr.write(`${String(Math.round(percent)).padStart(3)}% ${step}\n`)
    },
    percent(now) {
      percent = now
      if (live && step) draw('·', ` ${Math.round(now)}%`)
    },
    output(line) {
      // A program that writes over its line means the last of it.
      lastLines.push(tame(line.replace(/\r+$/, '').split('\r').at(-1)!))
      if (lastLines.length > LAST) lastLines.shift()
      if (live && step) draw('·', ` ${Math.round(percent)}%  ${lastLines.at(-1)}`)
    },
    end(ok) {
      finish(ok)
      if (!live && ok) stderr.write('100% done\n')
      if (!ok) stderr.write(lastLines.map((line) => `    ${line}\n`).join(''))
    },
  }
}
