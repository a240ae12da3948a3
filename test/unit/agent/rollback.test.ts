import { existsSync, lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { rollback } from '../../../lib/agent/converge/rollback.ts'
import type { Delta } from '../../../lib/agent/resources/resource.ts'

const state = { owner: 'root', group: 'root', mode: 0o644, content: 'server {}' }

/** Takes back a removal of a file and of the link to it; `blocked`: the file's folder is a file by now. */
async function takeBack(blocked: boolean) {
  const place = mkdtempSync(join(tmpdir(), 'rollback-'))
  onTestFinished(() => rmSync(place, { recursive: true }))
  const folder = blocked ? join(place, 'folder') : place
  if (blocked) writeFileSync(folder, '')
  const [file, link] = [join(folder, 'available'), join(place, 'enabled')]
  const deltas: Delta[] = [
    { kind: 'link', name: link, before: { target: file }, after: null },
    { kind: 'file', name: file, before: state, after: null },
  ]
  const problems = await rollback({ startedAt: '', deltas }, new Set())
  return { problems, file: existsSync(file), link: lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() }
}

it('puts a file back, and the link to it', async () => {
  expect(await takeBack(false)).toEqual({ problems: [], file: true, link: true })
})

it('leaves a link away whose file could not be put back', async () => {
  const { problems, ...rest } = await takeBack(true)
  expect(rest).toEqual({ file: false, link: undefined })
  expect(problems).toEqual([expect.stringMatching(/^file .*ENOTDIR/), expect.stringMatching(/^link .* is missing$/)])
})
