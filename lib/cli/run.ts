import { createWriteStream } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ask, textOf, type Panel } from './client.ts'
import { isBelow, nameCommands, type Command } from './commands.ts'
import { completionOf, shells, type Shell } from './completion.ts'
import { isJson, kebab, operationsOf, type Document, type Operation } from './document.ts'
import { Ending, exits, unreachable, usage } from './errors.ts'
import { readEvents } from './events.ts'
import { follow } from './follow.ts'
import { helpOf, helpOfCommand, helpOfLocal, type Commands } from './help.ts'
import { localCommands, type LocalCommand } from './local.ts'
import { parse, type Flags } from './parse.ts'
import { refusal } from './refusal.ts'
import { render } from './render.ts'
import { toRequest } from './request.ts'
import type { Look } from './table.ts'
import { isColoured, tame, tameLines, type Terminal } from './terminal.ts'
import { nearest, quote } from './values.ts'

/** Surroundings of the command line. */
export interface Setting {
  document: Document
  terminal: Terminal
  /** Read only when the panel is really asked. Throws an ending. */
  panel: () => Panel
  runLocal: (command: LocalCommand, args: string[]) => Promise<number>
}

/** Runs one command; answers the exit code. Whatever goes wrong is said on standard error. */
export async function runCli(args: string[], setting: Setting): Promise<number> {
  const { stderr } = setting.terminal
  try {
    return await dispatch(args, setting)
  } catch (error) {
    if (!(error instanceof Ending)) throw error
    const raw = error.raw !== undefined && args.includes('--json')
    stderr.write(raw ? `${error.raw!.trimEnd()}\n` : `hosting-panel: ${error.message}\n`)
    return error.exit
  }
}

async function dispatch(args: string[], setting: Setting): Promise<number> {
  const { document, terminal } = setting
  const commands: Commands = { remote: nameCommands(operationsOf(document)), local: localCommands }
  const { path, rest } = findWords(commands, args)
  const wantsHelp = rest.some(
    (arg, index) => (arg === '--help' || arg === '-h') && !rest.slice(0, index).includes('--'),
  )
  const say = (text: string): number => {
    terminal.stdout.write(text)
    return exits.done
  }
  if (path.length === 0 && rest[0] === '--version') return say(`${document.info.version}\n`)
  if (rest[0] === 'completion' && path.length === 0)
    return say(wantsHelp ? completionHelp : completionOf(commands, shellOf(rest[1])))
  const local = commands.local.find(({ words }) => words.join(' ') === path.join(' '))
  if (local) return wantsHelp ? say(helpOfLocal(local)) : setting.runLocal(local, rest)
  const command = commands.remote.find(({ words }) => words.join(' ') === path.join(' '))
  if (!command)
    return wantsHelp || (path.length === 0 && rest.length === 0) || rest[0] === 'help'
      ? say(helpOf(commands, path))
      : refuse(commands, path, rest)
  return wantsHelp ? say(helpOfCommand(command)) : call(command, rest, setting)
}

const completionHelp = 'Usage: hosting-panel completion bash|zsh\nPrint the shell’s completion script\n'

function shellOf(name: string | undefined): Shell {
  const shell = shells.find((one) => one === name)
  if (!shell) throw usage('Name a shell: hosting-panel completion bash|zsh')
  return shell
}

/** The words in front that lead somewhere, past options without a value; the rest is the command's own. */
function findWords({ remote, local }: Commands, args: string[]): { path: string[]; rest: string[] } {
  const all = [...remote, ...local]
  const path: string[] = []
  const rest = [...args]
  for (let index = 0; index < rest.length;) {
    const word = rest[index]!
    if (['--json', '--plan', '--no-wait', '--help', '-h'].includes(word)) index++
    else if (all.some((one) => isBelow(one, [...path, word]) && one.words.length > path.length))
      path.push(...rest.splice(index, 1))
    else break
  }
  return { path, rest }
}

function refuse({ remote, local }: Commands, path: string[], rest: string[]): never {
  const here = [...remote, ...local].filter((one) => isBelow(one, path)).map(({ words }) => words[path.length]!)
  const names = [...new Set(path.length === 0 ? [...here, 'completion'] : here)].sort()
  const typed = rest.find((arg) => !arg.startsWith('-'))
  const called = ['hosting-panel', ...path].join(' ')
  if (typed === undefined) throw usage(`Name a command: ${called} ${names.join('|')}`)
  throw usage(`There is no command ${quote(typed)}${nearest(typed, names) || '.'} ${called} --help lists them`)
}

async function call(command: Command, args: string[], setting: Setting): Promise<number> {
  const { terminal } = setting
  const parsed = parse(command, args)
  const request = await toRequest(command, parsed, terminal)
  const panel = setting.panel()
  const { operation } = command
  if (operation.path === '/api/jobs/{job}/events' && !parsed.flags.json) {
    return show(
      await follow(panel, terminal, parsed.params[0]!).then(({ job }) => JSON.stringify(job.result ?? null)),
      parsed.flags,
      terminal,
      operation,
    )
  }
  const answer = await ask(panel, request)
  if (answer.statusCode! >= 300) throw refusal(answer.statusCode!, await textOf(answer))
  const type = answer.headers['content-type'] ?? ''
  if (answer.statusCode !== 204 && !isJson(type)) return passOn(answer, type, parsed.flags, terminal)
  const text = await textOf(answer)
  const job = answer.statusCode === 202 ? /^\/api\/jobs\/([\w-]+)$/.exec(answer.headers.location ?? '')?.[1] : undefined
  if (!job || !parsed.flags.wait)
    return show(job && !parsed.flags.json ? JSON.stringify(job) : text, parsed.flags, terminal, operation)
  const live = operation.command !== null && !parsed.flags.json
  const ended = await follow(panel, terminal, job, live)
  const exitCode = (ended.job.result as { exitCode?: unknown } | null)?.exitCode
  const itsOwn = operation.command !== null && typeof exitCode === 'number' ? exitCode : null
  if (live && itsOwn !== null) return itsOwn
  const result = parsed.flags.json ? ended.raw : JSON.stringify(ended.job.result ?? null)
  const shown = show(result, parsed.flags, terminal, operation)
  return itsOwn ?? shown
}

/** Prints an answer: raw with --json, else as people read it. */
function show(text: string, { json }: Flags, terminal: Terminal, operation: Operation): number {
  const { stdout } = terminal
  if (json) stdout.write(text && `${text.trimEnd()}\n`)
  else {
    const value = text ? (JSON.parse(text) as unknown) : null
    stdout.write(render(value, lookOf(terminal, operation), operation.answer?.schema))
  }
  return exits.done
}

const lookOf = (terminal: Terminal, { method, path }: Operation): Look => ({
  nothing: method === 'GET' ? 'Nothing to show' : 'Done',
  noun: kebab(path.split('/').findLast((part) => !part.startsWith('{')) ?? ''),
  coloured: isColoured(terminal, terminal.stdout),
  columns: terminal.stdout.isTTY ? terminal.stdout.columns || 80 : Infinity,
})

/** A stream goes on as it comes; of server-sent events, what they carry. A terminal is given tamed text alone. */
async function passOn(answer: IncomingMessage, type: string, { output }: Flags, { stdout }: Terminal): Promise<number> {
  if (type.startsWith('text/event-stream')) {
    for await (const { data } of readEvents(answer)) stdout.write(`${tameLines(data)}\n`)
    return exits.done
  }
  const toTerminal = output === null && stdout.isTTY === true
  if (toTerminal && !/^(?:text\/|application\/x-ndjson)/.test(type))
    throw usage('The answer is not text: add --output FILE')
  const sink = output === null ? stdout : createWriteStream(output, { mode: 0o600 })
  try {
    await pipeline(toTerminal ? Readable.from(tamed(answer)) : answer, sink, { end: output !== null })
  } catch (error) {
    const { code, syscall, message } = error as NodeJS.ErrnoException
    throw syscall === 'open'
      ? usage(`${output} cannot be written: ${code}`)
      : unreachable(`The answer was cut off and is incomplete: ${message}`)
  }
  return exits.done
}

async function* tamed(answer: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const part of answer)
    yield decoder
      .decode(part as Buffer, { stream: true })
      .split('\n')
      .map(tame)
      .join('\n')
}
