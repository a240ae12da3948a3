import { isJson, kebab, type Operation, type Schema } from './document.ts'
import { mapOf } from './fields.ts'

/** An operation under the words that call it: `sites app restart`. */
export interface Command {
  words: string[]
  operation: Operation
}

/** Verbs that belong to other methods, and so never name a POST. */
const taken = ['list', 'show', 'update', 'set', 'delete', 'clear']
const verbs: Record<string, string> = { PATCH: 'update', PUT: 'set', DELETE: 'delete' }

/**
 * Names every operation by what it is, not by who it is: the path's fixed parts, then a verb. GET is `list` or
 * `show`, PATCH `update`, PUT `set`, DELETE `delete` (of a whole list `clear`); a POST is called as its audit entry is
 * (`certificate.issue`:
 * `issue`), and a path that ends in its own verb (`/app/restart`) needs no other. A stream of one thing is a
 * `download`; a
 * POST that leaves on the server what its path's GET streams (`/export`) says so: `keep-export`.
 */
export function nameCommands(operations: readonly Operation[]): Command[] {
  const paths = new Set(operations.map(({ path }) => path))
  const streamed = new Set(operations.filter(isStream).map(({ path }) => path))
  return operations.map((operation) => {
    const words = wordsOf(operation, paths)
    return {
      operation,
      words:
        operation.method === 'POST' && streamed.has(operation.path)
          ? [...words.slice(0, -1), `keep-${words.at(-1)!}`]
          : words,
    }
  })
}

const isStream = ({ method, answer }: Operation): boolean => method === 'GET' && answer !== null && !isJson(answer.type)

function wordsOf(operation: Operation, paths: ReadonlySet<string>): string[] {
  if (operation.command) return operation.command.words.split(' ')
  const parts = operation.path.replace(/^\/api\//, '').split('/')
  const words = parts.filter((part) => !part.startsWith('{')).map((part) => kebab(part).replaceAll('.', '-'))
  const verb = verbOf(operation, paths)
  const last = parts.at(-1)!.startsWith('{') ? '' : words.at(-1)!
  return last && (verb === '' || verb === last || verb.endsWith(`-${last}`)) ? words : [...words, verb]
}

function verbOf(operation: Operation, paths: ReadonlySet<string>): string {
  const { method, path, audit } = operation
  if (isStream(operation)) return path.endsWith('}') ? 'download' : ''
  if (method === 'GET') return isCollection(operation, paths) ? 'list' : 'show'
  // Of all at once: `delete` is the one of a single thing.
  if (method === 'DELETE' && isCollection(operation, paths)) return 'clear'
  // Names with values are set one by one: `sites app env set SITE NAME=VALUE`.
  if (method === 'PATCH' && mapOf(operation)) return 'set'
  if (method !== 'POST') return verbs[method] ?? method.toLowerCase()
  const named = audit?.includes('.') ? kebab(audit.split('.').at(-1)!) : 'create'
  if (!taken.includes(named)) return named
  return path.endsWith('}') ? 'send' : 'create'
}

/** A path with one of its things below it, or one that answers with a list of things first of all. */
function isCollection({ path, answer }: Operation, paths: ReadonlySet<string>): boolean {
  if ([...paths].some((other) => other.startsWith(`${path}/{`) && !other.slice(path.length + 1).includes('/')))
    return true
  const [first] = Object.entries(answer?.schema.properties ?? {})
  return first !== undefined && first[0] !== 'changes' && isListOfThings(first[1])
}

const isListOfThings = ({ type, items }: Schema): boolean => type === 'array' && items?.properties !== undefined

/** Whether the command is the one that these words name, or lies below them. */
export const isBelow = ({ words }: Pick<Command, 'words'>, path: readonly string[]): boolean =>
  path.every((word, index) => words[index] === word)
