import { usage } from './errors.ts'
import type { Field } from './fields.ts'
import type { Terminal } from './terminal.ts'

/**
 * Secrets from standard input, so that none is in a process list: asked for without echo on a terminal;
 * elsewhere the whole input is the secret, or a line each where there are several.
 */
export async function readSecrets(
  terminal: Terminal,
  fields: readonly Field[],
): Promise<{ field: Field; value: string }[]> {
  if (fields.length === 0) return []
  if (terminal.stdin.isTTY) {
    const read = []
    for (const field of fields) read.push({ field, value: await prompt(terminal, `${field.option}: `) })
    return read
  }
  const text = (await readAll(terminal)).replace(/\r?\n$/, '')
  const parts = fields.length === 1 ? [text] : text.split(/\r?\n/)
  if (text === '' || parts.length !== fields.length) {
    throw usage(
      'Standard input must hold ' +
        `${fields.length === 1 ? '' : 'one line each for '}${fields.map(({ option }) => option).join(', ')}`,
    )
  }
  return fields.map((field, index) => ({ field, value: parts[index]! }))
}

export async function readAll({ stdin }: Terminal): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of stdin) parts.push(Buffer.from(part as Buffer))
  return Buffer.concat(parts).toString('utf8')
}

/** One line from the keyboard that is not shown. Raw mode brings the keys themselves, so that editing is ours to do. */
function prompt({ stdin, stderr }: Terminal, question: string): Promise<string> {
  stderr.write(question)
  stdin.setRawMode?.(true)
  stdin.resume()
  return new Promise((resolve, reject) => {
    let typed = ''
    const stop = () => {
      stdin.off('data', read)
      stdin.setRawMode?.(false)
      stdin.pause()
      stderr.write('\n')
    }
    const read = (keys: Buffer | string) => {
      for (const key of keys.toString()) {
        const givenUp = key === '\x03' || key === '\x04'
        if (givenUp || key === '\r' || key === '\n') {
          stop()
          if (givenUp) reject(usage('Cancelled'))
          else resolve(typed)
          return
        }
        typed = key === '\x7f' || key === '\b' ? [...typed].slice(0, -1).join('') : typed + key
      }
    }
    stdin.on('data', read)
  })
}
