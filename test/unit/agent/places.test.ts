import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { converge } from '../../../lib/agent/converge/converge.ts'
import { apply, difference, undo } from '../../../lib/agent/resources/deltas.ts'
import { splitTaken } from '../../../lib/agent/resources/place.ts'
import type { Delta, KindName, Resource } from '../../../lib/agent/resources/resource.ts'
import { paths } from '../../../lib/model/paths.ts'

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'places-'))
  mkdirSync(join(place, 'trash'), { mode: 0o700 })
  mkdirSync(join(place, 'elsewhere'))
  writeFileSync(join(place, 'elsewhere/kept'), 'kept')
  Object.assign(paths, { accessRecords: `${place}-records` })
})
afterEach(() => {
  for (const path of [place, `${place}-records`]) rmSync(path, { recursive: true, force: true })
})

/** Leaves a socket that nobody listens on. */
const bind = 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])'
const BYTES = Buffer.from([0xff, 0xfe, 0, 1, 0xe4, 10])

/** Everything that may be at a path. */
const things: Record<string, (path: string) => void> = {
  nothing: () => undefined,
  'a file': (path) => writeFileSync(path, 'of somebody'),
  'an empty file': (path) => writeFileSync(path, ''),
  'a file that is no text': (path) => writeFileSync(path, BYTES),
  'a file of somebody with an odd mode': (path) => {
    writeFileSync(path, 'mine')
    chownSync(path, 41_001, 41_002)
    chmodSync(path, 0o4701)
  },
  'an empty folder': (path) => mkdirSync(path),
  'a folder with things in it': (path) => {
    mkdirSync(join(path, 'sub'), { recursive: true })
    writeFileSync(join(path, 'sub/page'), 'page', { mode: 0o604 })
    writeFileSync(join(path, 'secret'), 'secret', { mode: 0o600 })
    symlinkSync('sub/page', join(path, 'link'))
    for (const name of ['', 'sub', 'sub/page', 'secret']) chownSync(join(path, name), 41_001, 41_002)
    chmodSync(path, 0o2750)
    chmodSync(join(path, 'sub'), 0o1777)
  },
  'a link to a folder': (path) => symlinkSync(join(place, 'elsewhere'), path),
  'a link to a file': (path) => symlinkSync(join(place, 'elsewhere/kept'), path),
  'a link to nothing': (path) => symlinkSync('/nowhere', path),
  'a named pipe': (path) => execFileSync('mkfifo', ['-m', '640', path]),
  'a socket': (path) => execFileSync('python3', ['-c', bind, path]),
}

const access = { owner: 'nobody', group: 'nogroup', mode: 0o750 }

/** States that each kind of resource with a path may be wanted in. */
const wanted = (): [KindName, unknown][] => [
  ['directory', access],
  ['directory', { ...access, contents: 'u=rwX,g=rX,o=' }],
  ['directory', { owner: '41001', group: '41003', mode: 0o750, contents: 'u=rwX,g=rX,o=' }],
  ['file', { ...access, content: 'the panel’s' }],
  ['file', null],
  ['link', { target: '/etc/hostname' }],
  ['link', null],
  ['log', access],
  ['log', null],
  ['tree', { at: join(place, 'trash/purge-thing') }],
  ['tree', { at: join(place, 'trash/thing') }],
]

/** Type, content, owner, mode and target of everything below a path. */
function picture(path: string): string[] {
  return readdirSync(path, { recursive: true })
    .map((name) => join(path, String(name)))
    .sort()
    .map((file) => {
      const stats = lstatSync(file)
      const inside = stats.isFile() ? readFileSync(file, 'hex') : stats.isSymbolicLink() ? readlinkSync(file) : ''
      return `${file} ${stats.mode.toString(8)} ${stats.uid}:${stats.gid} ${inside}`
    })
}

const cases = Object.keys(things).flatMap((thing) =>
  Array.from({ length: 11 }, (_, index): [string, number] => [thing, index]),
)

describe('whatever is at the path of a resource is exactly as before', () => {
  const prepare = async (thing: string, index: number) => {
    const name = join(place, 'thing')
    things[thing]!(name)
    const [kind, state] = wanted()[index]!
    return { before: picture(place), delta: await difference({ kind, name, state } as Resource) }
  }

  it.each(cases)('%s, for state %i: after a change and its rollback', async (thing, index) => {
    const { before, delta } = await prepare(thing, index)
    expect(picture(place)).toEqual(before)
    if (!delta) return
    if (delta.taken) {
      await expect(converge([delta])).rejects.toMatchObject({ code: 'path_taken', status: 409 })
      await expect(undo(delta)).rejects.toThrow('which was left')
      expect(picture(place)).toEqual(before)
      return
    }
    await undo(delta)
    expect(picture(place), 'a rollback before it was made').toEqual(before)
    await apply(delta)
    expect(picture(place), 'control').not.toEqual(before)
    await undo(delta)
    expect(picture(place)).toEqual(before)
    await undo(delta)
    expect(picture(place), 'a rollback that was cut off and began anew').toEqual(before)
  })

  it.each(Object.keys(things).filter((thing) => thing !== 'nothing'))(
    '%s that somebody put there meanwhile outlives the rollback of another kind',
    async (thing) => {
      const kinds = [
        ['file', 'file'],
        ['folder', 'directory'],
        ['link', 'link'],
      ] as const
      for (const [word, kind] of kinds.filter(([word]) => !new RegExp(`^(a|an empty) ${word}`).test(thing))) {
        const name = join(place, `${kind}-meanwhile`)
        const state = { directory: access, file: { ...access, content: '' }, link: { target: 'x' } }[kind]
        const delta = (await difference({ kind, name, state } as Resource))!
        things[thing]!(name)
        const before = picture(place)
        await expect(undo(delta), word).rejects.toThrow('which was left')
        expect(picture(place)).toEqual(before)
      }
    },
  )
})

it('what is inside of a taken place is left too', () => {
  const delta = (name: string, more = {}): Delta =>
    ({ kind: 'directory', name, before: null, after: null, ...more }) as never
  const [home, root, other] = [delta('/a', { taken: 'a file' }), delta('/a/public'), delta('/ab')]
  expect(splitTaken([home, root, other])).toEqual({ taken: [home], free: [other] })
})
