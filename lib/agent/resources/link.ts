import { readLink, removeFile, writeLink } from '../../system/files.ts'
import type { Kind, LinkState } from './resource.ts'

export const link: Kind<LinkState> = {
  things: ['a symbolic link'],

  async read(name) {
    const target = await readLink(name)
    return target === null ? null : { target }
  },
  set: (name, _before, after) => (after ? writeLink(name, after.target) : removeFile(name)),
  same: (before, after) => before.target === after.target,
  summary: (before, after) => (after ? `to ${after.target}` : `was to ${before?.target}`),
}
