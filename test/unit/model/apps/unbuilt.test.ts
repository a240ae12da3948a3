import { describe, expect, it } from 'vitest'
import { unbuilt } from '../../../../lib/model/apps/unbuilt.ts'

const scripts = { build: 'x', start: 'next start' }
const hint = (command: string[], names: string[] = [], { buildCommand = null as string | null, own = {} } = {}) =>
  unbuilt(
    command,
    {
      names: ['package.json', ...names],
      texts: { 'package.json': JSON.stringify({ scripts: { ...scripts, ...own } }) },
    },
    buildCommand,
  )

describe('a build script that was never run', () => {
  it.each([
    [['next', 'start'], '.next'],
    [['npm', 'start'], '.next'],
    [['node', 'dist/main.js'], 'dist'],
    [['node', './build/index.mjs'], 'build'],
    [['node', 'build'], 'build'],
    [['node', '--', 'server.js'], 'server.js'],
    [['node', '--enable-source-maps', '.output/server/index.mjs'], '.output'],
  ])('is named for %j', (command, missing) => {
    expect(hint(command)).toContain(`never run, and ${missing}, which`)
    expect(hint(command, [missing])).toBeNull()
    expect(hint(command, [], { buildCommand: 'npm run build' })).toMatch(/although the build command was run/)
  })

  it('is not named where there is none, or where nothing of it is needed', () => {
    expect(hint(['next', 'start'], [], { own: { build: undefined } })).toBeNull()
    expect(hint(['npm', 'start'], [], { own: { start: 'npm run build && next start' } })).toBeNull()
    expect(hint(['node', '/opt/x/dist.js', '../dist/x.js', '--import', 'node_modules/a/b.js'])).toBeNull()
    for (const text of ['{', 'null', '{"scripts":3}', '[]'])
      expect(unbuilt(['next'], { names: [], texts: { 'package.json': text } }, null)).toBeNull()
    expect(unbuilt(['gunicorn'], { names: [], texts: {} }, null)).toBeNull()
  })
})
