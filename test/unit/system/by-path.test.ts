import { ESLint } from 'eslint'
import tseslint from 'typescript-eslint'
import { expect, it } from 'vitest'

/** Rules with types need files that are there. */
const eslint = new ESLint({ overrideConfig: tseslint.configs.disableTypeChecked as never })

/** Lints a text as if it were at a path; answers the lines that it refuses. */
async function said(text: string, filePath: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath })
  return result!.messages
    .filter(({ ruleId }) => ruleId === 'no-restricted-syntax')
    .map(({ line }) => text.split('\n')[line - 1]!)
}

const refused = [
  "export const a = ['chown', '-R', 'x', '/var/www']",
  "export const b = ['/usr/bin/find', '/var/www', '-delete']",
  "export const c = ['rm', '-rf', '--', '/var/www/x']",
  "import { chmod } from 'node:fs/promises'",
  "import { rmSync as gone } from 'node:fs'",
  "import * as fs from 'fs'",
  "import disk from 'node:fs/promises'",
]
const allowed = ["export const d = ['systemctl', 'stop', 'chown']", "import { open } from 'node:fs/promises'"]

it.each(['lib/agent/resources/new.ts', 'lib/drivers/new/index.ts', 'lib/system/new.ts', 'lib/supervisor/new.ts'])(
  'acting on trees by path is refused in %s',
  async (path) => {
    expect(await said([...refused, ...allowed].join('\n'), path)).toEqual(refused)
  },
)

it('what runs as a site’s user may, and still not in this process', async () => {
  expect(await said(refused.join('\n'), 'lib/drivers/pm2/commands.ts')).toEqual(
    refused.filter((line) => line.startsWith('import')),
  )
})
