import { StringDecoder } from 'node:string_decoder'

export interface LineSplitter {
  /** Answers the lines that a chunk has ended. */
  push: (chunk: Buffer) => string[]
  /** Answers what is left at the end of the input. */
  end: () => string[]
}

/** Splits chunks of UTF-8 into lines. `longest`, in characters: longer lines are split there, to bound memory. */
export function createLineSplitter(longest: number): LineSplitter {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  const cut = (line: string): string[] =>
    line.length <= longest ? [line] : [line.slice(0, longest), ...cut(line.slice(longest))]
  return {
    push: (chunk) => {
      const lines = (rest + decoder.write(chunk)).split('\n').flatMap(cut)
      rest = lines.pop()!
      return lines
    },
    end: () => {
      const left = rest + decoder.end()
      rest = ''
      return left === '' ? [] : cut(left)
    },
  }
}
