/** Parts of a pattern that can give text back after they took it: more of them could take a server's time for ever. */
const MOST_OPEN = 2
const MOST_OPTIONAL = 4
const MOST_CHOICES = 20

const token =
  /\\[dDwWsS]|\\[^A-Za-z0-9\s]|\[\^?(?:\\[dDwWsS]|\\[^A-Za-z0-9\s]|[^\]\\[])+\]|\(\?:|[()|.]|[^\\^$()[\]{}*+?|.\s]/y
const quantifier = /(?:[*+?]|\{(\d{1,2})(,\d{0,2})?\})\??/y

interface Piece {
  text: string
  /** As `*`, `+?` or `{2,}`; empty: once. */
  times: string
}

/** Splits a pattern that is a plain one: no looks around, no references back, nothing that PCRE alone knows. */
function piecesOf(pattern: string): Piece[] | null {
  const pieces: Piece[] = []
  for (let at = 0; at < pattern.length;) {
    token.lastIndex = at
    const text = token.exec(pattern)?.[0]
    if (text === undefined) return null
    quantifier.lastIndex = at += text.length
    const times = ['(', '(?:', '|'].includes(text) ? '' : (quantifier.exec(pattern)?.[0] ?? '')
    at += times.length
    pieces.push({ text, times })
  }
  return pieces
}

/** Reads the pieces between the ^ and the $ of a pattern. */
const bodyOf = (pattern: string): Piece[] | null => piecesOf(pattern.slice(1).replace(/(?<!\\)\$$/, ''))

const isOpen = ({ times }: Piece): boolean => /^(?:[*+]|\{\d+,\})/.test(times)
const isOptional = ({ times }: Piece): boolean => /^(?:\?|\{\d+,\d+\})/.test(times)

/** Whether a part ends where the next one begins, so that there is one way only to match it: `[^/]+/`. */
function isFixed({ text, times }: Piece, rest: readonly Piece[]): boolean {
  const next = rest.find((piece) => piece.text !== ')' || piece.times !== '')
  if (text === ')') return false
  if (!next) return isOptional({ text, times })
  const letter = /^(?:\\([^A-Za-z0-9])|([^\\.()|]))$/.exec(next.text)?.slice(1).find(Boolean)
  if (letter === undefined || next.times !== '') return false
  return !new RegExp(`^(?:${text})$`).test(letter)
}

/** Why a regular expression is refused; null when it is a good one, whose matching ends soon whatever is asked for. */
export function patternProblem(pattern: string): string | null {
  if (!/^[\x21-\x7e]{2,200}$/.test(pattern)) return 'Write a pattern of printable ASCII characters, 200 at most'
  if (!pattern.startsWith('^/')) return 'A pattern begins with ^/, where the path begins'
  const pieces = bodyOf(pattern)
  if (!pieces || !compiles(pattern))
    return 'Use letters, ., [...], \\d, \\w, (...), (?:...), |, *, +, ?, {2,4} and a $ at the end; nothing else'
  if (pieces.some((piece) => piece.text === ')' && !['', '?'].includes(piece.times)))
    return 'A group may not be repeated: matching could take for ever'
  const { open, optional } = ambiguityOf(pieces)
  const most =
    open > MOST_OPEN ||
    optional > (open === MOST_OPEN ? 0 : MOST_OPTIONAL) ||
    pieces.filter(({ text }) => text === '|').length > MOST_CHOICES ||
    isSplit(pieces)
  return most ? 'Matching this could take for ever: use fewer of *, + and ?, or [^/]+ between slashes' : null
}

/** Parts that can be matched in several ways: each that is open tries every length, each that is optional two ways. */
function ambiguityOf(pieces: readonly Piece[]): { open: number; optional: number } {
  const ambiguous = pieces.filter((piece, index) => piece.times && !isFixed(piece, pieces.slice(index + 1)))
  return { open: ambiguous.filter(isOpen).length, optional: ambiguous.filter(isOptional).length }
}

/** Whether a pattern tries each place for each other place: milliseconds for a long address. */
export const isCostly = (pattern: string): boolean => ambiguityOf(bodyOf(pattern) ?? []).open === MOST_OPEN

/** A choice outside of a group would leave its second half without a beginning. */
function isSplit(pieces: readonly Piece[]): boolean {
  let depth = 0
  for (const { text } of pieces) {
    depth += text.startsWith('(') ? 1 : text === ')' ? -1 : 0
    if (text === '|' && depth === 0) return true
  }
  return false
}

function compiles(pattern: string): boolean {
  try {
    return Boolean(new RegExp(pattern))
  } catch {
    return false
  }
}

/** Number of its groups that a target can name: $1, $2 and so on. */
export const groupsOf = (pattern: string): number => (bodyOf(pattern) ?? []).filter(({ text }) => text === '(').length
