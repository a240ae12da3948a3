import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { completionOf } from '../../../lib/cli/completion.ts'
import { localCommands } from '../../../lib/cli/local.ts'
import { commands, operation } from './_document.ts'

const script = completionOf({ remote: commands, local: localCommands }, 'bash')

/** Words that bash offers when TAB is pressed behind these. */
function offered(words: string[], text = script): string[] {
  const line = 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hosting_panel; printf "%s\\n" "${COMPREPLY[@]}"'
  return execFileSync('bash', ['-c', `${text}\n${line}`, 'bash', 'hosting-panel', ...words], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
}

it('offers the commands, their options, and the values of these', () => {
  expect(offered([''])).toEqual(expect.arrayContaining(['sites', 'php', 'reset-admin', 'completion']))
  expect(offered(['si'])).toEqual(['sites'])
  expect(offered(['sites', ''])).toEqual(
    [...new Set(commands.filter(({ words }) => words[0] === 'sites').map(({ words }) => words[1]!))].sort(),
  )
  expect(offered(['sites', ''])).toEqual(expect.arrayContaining(['app', 'create', 'list', 'storage']))
  expect(offered(['sites', 'update', 'a.test', '--red'])).toEqual(['--redirect-www', '--redirect-aliases'])
  expect(offered(['sites', 'update', '--php-settings.m'])).toEqual([
    '--php-settings.memory-limit-mb',
    '--php-settings.max-children',
    '--php-settings.max-execution-seconds',
    '--php-settings.max-input-vars',
  ])
  expect(offered(['sites', 'create', '--runtime', 'p'])).toEqual(['php', 'proxy', 'python'])
  expect(offered(['sites', 'create', '--runtime', '=', ''])).toEqual(['static', 'php', 'proxy', 'node', 'python'])
  expect(offered(['sites', 'create', '--runtime', '='])).toEqual(['static', 'php', 'proxy', 'node', 'python'])
  expect(offered(['--json', 'audit', 'v'])).toEqual(['verify'])
  expect(offered(['completion', ''])).toEqual(['bash', 'zsh'])
  expect(offered(['sites', 'create', '--body', '/etc/host'])).toContain('/etc/hosts')
})

it('takes no name for code', () => {
  const hostile = {
    words: ['things', 'set'],
    operation: operation('PUT', '/api/things', {
      body: {
        type: 'application/json',
        schema: { properties: { kind: { enum: ["'; touch /tmp/owned; '", '$(id)'] } } },
      },
    }),
  }
  const made = completionOf({ remote: [hostile], local: [] }, 'bash')
  expect(made).toContain("found=''\\''; touch /tmp/owned; '\\'' $(id)'")
  expect(offered(['things', ''], made)).toEqual(['set'])
})

it('makes a script for zsh from the same tables', () => {
  const zsh = completionOf({ remote: commands, local: localCommands }, 'zsh')
  expect(zsh).toMatch(/^#compdef hosting-panel\n/)
  expect(zsh).toContain("'sites create --runtime') found='static php proxy node python' ;;")
})
