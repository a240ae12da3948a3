/** Largest part of a row as JSON (bytes), and longest text in it (characters). Longer ones are cut a little above. */
const MOST = 2_048
const LONGEST = 200

/** A value whole where it is short, else its beginning, with how much was left out. */
export function cut(value: unknown): unknown {
  if (value === undefined || Buffer.byteLength(JSON.stringify(value)) <= MOST) return value
  return begin(value, { left: MOST })
}

/** A name or an address as a row has it. */
export const cutText = (text: string): string =>
  text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}… (${text.length} characters)`

interface Budget {
  left: number
}

function begin(value: unknown, budget: Budget): unknown {
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? beginList(value, budget) : beginObject(value, budget)
  }
  const kept = typeof value === 'string' ? cutText(value) : value
  budget.left -= Buffer.byteLength(JSON.stringify(kept) ?? '') + 1
  return kept
}

function beginList(list: readonly unknown[], budget: Budget): unknown[] {
  const kept: unknown[] = []
  for (const item of list) {
    if (budget.left <= 0) return [...kept, `(left out: ${list.length - kept.length} more)`]
    kept.push(begin(item, budget))
  }
  return kept
}

function beginObject(object: object, budget: Budget): object {
  const entries = Object.entries(object)
  const kept: [string, unknown][] = []
  for (const [name, inner] of entries) {
    if (budget.left <= 0) return Object.fromEntries([...kept, ['(left out)', `${entries.length - kept.length} more`]])
    budget.left -= Math.min(name.length, LONGEST) + 4
    kept.push([cutText(name), begin(inner, budget)])
  }
  return Object.fromEntries(kept)
}
