import { createServer } from 'node:http'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { toNodeHandler } from 'h3'
import { onTestFinished } from 'vitest'
import type { Document } from '../../lib/cli/document.ts'
import { runCli } from '../../lib/cli/run.ts'
import type { AnyFunction } from '../../lib/panel/http/define.ts'
import { manifest } from '../../functions/manifest.ts'
import { toOpenApi } from '../../lib/panel/http/openapi.ts'
import { rootToken } from '../../lib/panel/tokens/tokens.ts'
import { openPanel } from './_harness.ts'

interface Told {
  exit: number
  out: string
  err: string
}

/**
 * A panel on a socket of its own (in a directory that nobody else could exchange, as they could one of /tmp), and the
 * command line that root has for it.
 */
export async function openCli(functions: Record<string, AnyFunction> = manifest) {
  const panel = await openPanel(functions)
  const server = createServer(toNodeHandler(panel.app))
  const directory = mkdtempSync(join(tmpdir(), 'hosting-panel-'))
  mkdirSync(join(directory, 'panel'), 0o750)
  const socketPath = join(directory, 'panel', 'panel.sock')
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  onTestFinished(() => {
    server.close().closeAllConnections()
    rmSync(directory, { recursive: true })
  })
  const document = JSON.parse(JSON.stringify(toOpenApi(functions, '1.2.3'))) as Document
  const access = { socketPath, token: rootToken(panel.ctx, ''), uid: process.getuid!() }
  /** Runs a command; `input` is its standard input, `tty` makes a terminal of its outputs. */
  const cli = async (
    args: string[],
    { input = '', tty = false }: { input?: string; tty?: boolean } = {},
  ): Promise<Told> => {
    const [stdout, stderr] = [
      Object.assign(new PassThrough(), { isTTY: tty, columns: 80 }),
      Object.assign(new PassThrough(), { isTTY: tty, columns: 80 }),
    ]
    const terminal = { stdin: Readable.from([Buffer.from(input)]), stdout, stderr, env: {} }
    const exit = await runCli(args, {
      document,
      terminal,
      panel: () => access,
      runLocal: () => Promise.reject(new Error('not here')),
    })
    return { exit, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') }
  }
  return { ...panel, server, access, cli }
}
