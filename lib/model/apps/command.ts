import * as v from 'valibot'

/** Values that a command may take from its surroundings: it runs without a shell. */
export type CommandValues = Record<'PORT' | 'HOST', string>

/** One word: bare characters, '…' as it is, "…" with \" and \\, or \ before one character. */
const word = /(?:[^\s"'\\|&;<>()`]|\\[^\n]|"(?:[^"\\`]|\\["\\$])*"|'[^']*')+/y
const piece = /\\(?<escaped>[^\n])|"(?<double>(?:[^"\\`]|\\["\\$])*)"|'(?<single>[^']*)'|(?<bare>[^"'\\]+)/g
const variable = /\$(?:(\w+)|\{(\w+)\})/g

const advice =
  'Commands run without a shell: no pipes, redirections, && or $( ). Put what needs one into a script of ' +
  'package.json, or into a file'

/** Why a command line cannot be run; null when it can. */
export function commandProblem(text: string): string | null {
  if (text.trim() === '') return 'Write a program and its arguments'
  if (!/^[^\p{Cc}]*$/u.test(text)) return 'Write it in one line, without control characters'
  const words = split(text)
  if (!words) return advice
  const unknown = words
    .flatMap((each) => [...each.matchAll(piece)])
    .filter(({ groups }) => groups!.single === undefined && groups!.escaped === undefined)
    .flatMap(([match]) => [...match.matchAll(/\$(?:(\w+)|\{(\w+)\}|.)?/g)])
    .find(([, plain, braced]) => !['PORT', 'HOST'].includes(plain ?? braced ?? ''))
  if (unknown)
    return `${unknown[0]} is not known here: only $PORT and $HOST are; the app reads the others from its environment`
  return words[0]!.includes('=') && /^[A-Za-z_]\w*=/.test(words[0]!)
    ? 'Variables go into the environment, not before the program'
    : null
}

function split(text: string): string[] | null {
  const words: string[] = []
  for (let at = 0; ;) {
    while (/\s/.test(text[at] ?? '')) at++
    if (at >= text.length) return words
    word.lastIndex = at
    const match = word.exec(text)
    if (!match || !/^(?:\s|$)/.test(text.slice(word.lastIndex, word.lastIndex + 1))) return null
    words.push(match[0])
    at = word.lastIndex
  }
}

/**
 * A command line as the words a program is started with. Quotes and backslashes group as in a shell (POSIX,
 * "Quoting"), $PORT and $HOST are filled in, and nothing else means anything. Null when `commandProblem` has one.
 */
export function toArgv(text: string, values: CommandValues): string[] | null {
  if (commandProblem(text)) return null
  const fill = (part: string) =>
    part.replaceAll(variable, (_, plain?: string, braced?: string) => values[(plain ?? braced) as keyof CommandValues])
  return split(text)!.map((each) =>
    each.replaceAll(piece, (...match) => {
      const { escaped, double, single, bare } = match.at(-1) as Record<string, string | undefined>
      if (escaped !== undefined || single !== undefined) return escaped ?? single!
      return double === undefined ? fill(bare!) : fill(double).replaceAll(/\\(["\\$])/g, '$1')
    }),
  )
}

/** A command line of at most 1000 characters that needs no shell. */
export const commandLine = v.pipe(
  v.string(),
  v.maxLength(1000),
  v.rawCheck(({ dataset, addIssue }) => {
    const problem = dataset.typed ? commandProblem(dataset.value) : null
    if (problem) addIssue({ message: problem })
  }),
)
