import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { paths } from '../model/paths.ts'
import type { Panel } from './client.ts'
import type { Document } from './document.ts'
import { unreachable } from './errors.ts'
import { PANEL_USER, runLocal } from './local.ts'
import { uidOf } from './peer.ts'
import { runCli } from './run.ts'

function panel(): Panel {
  const uid = uidOf(PANEL_USER, readFileSync('/etc/passwd', 'utf8'))
  if (uid === null) throw unreachable('The panel is not installed: its user hosting-panel is missing. Run install.sh')
  return { socketPath: process.env.HOSTING_PANEL_SOCKET ?? paths.panelSocket, token: readToken(), uid }
}

function readToken(): string {
  try {
    return readFileSync(paths.localToken, 'utf8').trim()
  } catch (error) {
    throw unreachable(
      `${paths.localToken} cannot be read (${(error as NodeJS.ErrnoException).code}). Only root can read it; ` +
        'run install.sh again to make a new one',
    )
  }
}

// A reader that has seen enough (| head) is no error.
process.stdout.on('error', () => process.exit(0))
const document = JSON.parse(readFileSync(join(import.meta.dirname, 'openapi.json'), 'utf8')) as Document
process.exitCode = await runCli(process.argv.slice(2), { document, terminal: process, panel, runLocal })
