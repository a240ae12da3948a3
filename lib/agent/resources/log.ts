import { inspect, removeFile, writeAtomically } from '../../system/files.ts'
import { accessText, ownership } from './access.ts'
import type { Kind, LogState } from './resource.ts'

/** An empty log for a new site: nginx would make one at its first check, and leave it when the site is refused. */
export const log: Kind<LogState> = {
  things: ['a file', 'a symbolic link'],

  async read(name, wanted) {
    return (await inspect(name)) ? wanted : null
  },
  set: (name, _before, after) => (after ? writeAtomically(name, '', ownership(after)) : removeFile(name)),
  same: () => true,
  summary: (_before, after) => (after ? accessText(after) : ''),
}
