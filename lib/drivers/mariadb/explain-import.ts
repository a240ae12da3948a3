import type { ErrorCode, StatusOf } from '../../model/error-codes.ts'
import { PanelError } from '../../model/errors.ts'
import type { Ended } from '../../system/pipeline.ts'
import { LINE_TOO_LONG } from './filter.ts'

export interface Outcome {
  database: string
  /** How the programs ended: the unpacker, the filter, the client. */
  ended: readonly Ended[]
  /** Text that the last line asks for: its answer in the output says that all was read. */
  token: string
  stdout: string
  cancelled: boolean
}

const refusal = <C extends ErrorCode>(code: C, status: StatusOf<C>, message: string): PanelError =>
  new PanelError(code, status, message)

/**
 * Whether a program ended as its reader had: by SIGPIPE, or, where the reader left something unread, with an error of
 * its own.
 */
const lostItsReader = ({ code, said }: Ended): boolean =>
  code === 141 || (code !== 0 && /broken pipe|connection reset by peer/i.test(said))

/** Tells whose fault an import's end was, and what to do. Throws nothing for one that is whole. */
export function explainImport({ database, ended, token, stdout, cancelled }: Outcome): void {
  if (cancelled) throw refusal('cancelled', 409, 'The import was cancelled')
  const [unpacker, filter, client] = ended as [Ended, Ended, Ended]
  if (unpacker.code !== 0 && !lostItsReader(unpacker))
    throw refusal(
      'dump_truncated',
      422,
      `The file is cut off or damaged: ${unpacker.said || `exit code ${unpacker.code}`}. Export it again`,
    )
  // The client then saw an end in the middle of a line, and may have said something of its own.
  if (filter.code === LINE_TOO_LONG) throw tooLong()
  const mistake = /ERROR (\d+)[^\n]*? at line (\d+): ([^\n]*)/.exec(client.said)
  if (mistake && isInTheEnd(mistake[3]!, token)) throw cutOff()
  if (mistake) throw explainMistake(database, Number(mistake[1]), mistake[2]!, mistake[3]!)
  const command = /ERROR at line (\d+): (Unknown command [^\n]*)/.exec(client.said)
  if (command)
    throw refusal(
      'dump_refused',
      422,
      `The dump contains a command of the mariadb client, which is refused (line ${command[1]}: ${command[2]})`,
    )
  const connection = /ERROR (\d+) [^\n]*: ([^\n]*)/.exec(client.said)
  if (connection) throw explainConnection(Number(connection[1]), connection[2]!)
  if (client.code !== 0)
    throw refusal(
      'import_failed',
      503,
      `The import was ended (${client.said || `exit code ${client.code}`}). Try again`,
    )
  // Out of memory, the filter ends without a word and leaves the unpacker alone.
  if (filter.code !== 0 || lostItsReader(unpacker)) throw tooLong()
  if (!stdout.includes(token)) throw cutOff()
}

const tooLong = (): PanelError =>
  refusal('not_a_dump', 422, 'The file has a line of hundreds of megabytes, so it is not a database dump')

const cutOff = (): PanelError =>
  refusal('dump_truncated', 422, 'The file is cut off: it ends in the middle of a statement. Export it again')

/** Whether a syntax error is in the line at the end: a string was still open there. */
function isInTheEnd(said: string, token: string): boolean {
  const near = /near '([0-9a-f]{4,})'/.exec(said)?.[1]
  return near !== undefined && token.endsWith(near)
}

function explainMistake(database: string, errno: number, line: string, said: string): PanelError {
  const at = `(line ${line}: ${said})`
  switch (errno) {
    case 1044:
    case 1049:
      return refusal(
        'dump_refused',
        422,
        `The dump names another database than ${database}, which is refused ${at}. Export it without USE ` +
          'and CREATE DATABASE (mysqldump without --databases)',
      )
    case 1045:
    case 1142:
    case 1227:
    case 1370:
    case 1410:
      return refusal(
        'dump_refused',
        422,
        'The dump needs rights that a database’s own account does not have: accounts, grants and settings belong ' +
          `to the server ${at}. Remove that statement`,
      )
    case 1021:
    case 1114:
    case 3:
      return refusal('mariadb_full', 507, `The disk of MariaDB is full ${at}. Free some space and try again`)
    case 1153:
      return refusal(
        'dump_refused',
        422,
        `The dump has a statement of more than 256 MB ${at}. Export it with smaller ones (--net-buffer-length)`,
      )
    case 2006:
    case 2013:
      return refusal(
        'mariadb_down',
        503,
        `MariaDB ended in the middle of the import ${at}. Look at: systemctl status mariadb`,
      )
    default:
      return refusal('dump_failed', 422, `MariaDB refuses the dump ${at}`)
  }
}

function explainConnection(errno: number, said: string): PanelError {
  if (errno === 1040 || errno === 1203)
    return refusal('mariadb_busy', 503, 'All of MariaDB’s connections are in use. Try again in a moment')
  return refusal('mariadb_down', 503, `MariaDB refuses the connection (${said}). Look at: systemctl status mariadb`)
}
