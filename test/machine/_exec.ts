import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'

export interface Result {
  code: number
  stdout: string
  stderr: string
}

export interface RunOptions {
  /** Written to the command's standard input, which is empty otherwise. */
  input?: string | Buffer
  env?: Record<string, string>
  cwd?: string
  /** Called with each piece of output as it comes, both streams. */
  onOutput?: (text: string) => void
  /** Seconds after which the command is killed; 600 when not given. */
  timeout?: number
}

/** Debian's packages of what test machines need, by command; the others are in every Debian. */
const packages: Record<string, string> = {
  mmdebstrap: 'mmdebstrap',
  'systemd-nspawn': 'systemd-container',
  nft: 'nftables',
  ip: 'iproute2',
  nsenter: 'util-linux',
}

const missing = (file: string, error: NodeJS.ErrnoException): Error =>
  error.code === 'ENOENT' && error.syscall?.startsWith('spawn')
    ? new Error(`${file} is missing on this host. Install it: apt-get install ${packages[file] ?? file}`, {
        cause: error,
      })
    : error

/** Run a command to its end; the exit code is the caller's to judge. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Result> {
  const [file, ...args] = argv
  return new Promise((resolve, reject) => {
    const child = spawn(file!, args, { cwd: options.cwd, env: { ...process.env, ...options.env } })
    const timer = setTimeout(() => child.kill('SIGKILL'), (options.timeout ?? 600) * 1000)
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text
        options.onOutput?.(text)
      })
    }
    child.stdin.on('error', () => {}) // a command may end without reading all of its input
    child.stdin.end(options.input)
    child.on('error', (error) => reject(missing(file!, error)))
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (signal) output.stderr += `\nended by ${signal}`
      resolve({ code: code ?? 128, ...output })
    })
  })
}

/** Run a command that has to succeed; returns what it wrote on standard output. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(argv, options)
  if (code !== 0) {
    throw new Error(`${argv.join(' ')} ended with ${code}:\n${(stdout + stderr).slice(-4000)}`)
  }
  return stdout
}

/** Start a command that outlives this process, its output going to a file; returns its pid. */
export function detach(argv: readonly string[], logFile: string): Promise<number> {
  const [file, ...args] = argv
  return new Promise((resolve, reject) => {
    const log = createWriteStream(logFile)
    log.once('open', () => {
      const child = spawn(file!, args, { detached: true, stdio: ['ignore', log, log] })
      child.once('error', reject)
      child.once('spawn', () => {
        child.unref()
        log.destroy()
        resolve(child.pid!)
      })
    })
    log.once('error', reject)
  })
}
