import type { StatusOf } from '../../model/error-codes.ts'
import { PanelError } from '../../model/errors.ts'

/** Name of a directory: `.22.23.3+10.9.9-0a1b2c3d`, Node's version, npm's, and a unique end. */
const held = /^\.(\d+\.\d+\.\d+)\+\d+\.\d+\.\d+-[0-9a-f]+$/

/** Which Node, and which npm for it. */
export interface Releases {
  node: string
  npm: string
}

export const directoryName = ({ node, npm }: Releases, own: string): string => `.${node}+${npm}-${own}`

/** Node's version in such a name; null for any other. */
export const versionIn = (name: string): string | null => held.exec(name)?.[1] ?? null

/** The newest release in what `npm view` printed. Throws PanelError `node_install_failed` when there is none. */
export function newest(json: string): string {
  const versions = releasesIn(json).sort((a, b) => byNumber(a, b))
  if (versions.length > 0) return versions.at(-1)!
  throw failed(
    404,
    'the npm registry does not have it. Look which registry npm uses on this server (npm config get registry)',
  )
}

function releasesIn(json: string): string[] {
  const found: unknown = JSON.parse(json.trim() || '[]')
  return [found]
    .flat()
    .filter((version): version is string => typeof version === 'string' && /^\d+\.\d+\.\d+$/.test(version))
}

function byNumber(a: string, b: string): number {
  const [one, other] = [a, b].map((version) => version.split('.').map(Number))
  const differs = one!.findIndex((part, index) => part !== other![index])
  return differs < 0 ? 0 : one![differs]! - other![differs]!
}

export const failed = (status: StatusOf<'node_install_failed'>, reason: string): PanelError =>
  new PanelError('node_install_failed', status, `Node was not installed, and nothing was changed: ${reason}`)

export const diskFull = (): PanelError => failed(507, 'the server’s disk is full. Free some space and try again')

const unreachable =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONN(?:REFUSED|RESET)|ETIMEDOUT|E(?:NET|HOST)UNREACH|ERR_SOCKET_TIMEOUT|FETCH_ERROR)\b/

/** Turns a failure of npm into words for a person. */
export function explain(said: string): PanelError {
  if (/\b(?:ENOSPC|EDQUOT)\b/.test(said)) return diskFull()
  if (unreachable.test(said))
    return failed(
      503,
      'the npm registry does not answer. Look whether this server reaches it (npm ping), and try again',
    )
  const errors = said
    .split('\n')
    .filter((line) => /^npm (?:ERR!|error) (?!A complete log)\S/.test(line))
    .slice(0, 5)
    .join('\n')
  return failed(500, `npm failed. It said:\n${errors || said.trim().split('\n').slice(-5).join('\n') || 'nothing'}`)
}
