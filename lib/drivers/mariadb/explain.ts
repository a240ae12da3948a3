import { PanelError } from '../../model/errors.ts'

const down = () => new PanelError('mariadb_down', 503, 'MariaDB does not answer. Look at: systemctl status mariadb')

/** Turns an error of MariaDB, or of the way to it, into what a person can do. */
export function explainServer(error: unknown): unknown {
  if (error instanceof PanelError) return error
  const { code, errno, message = '' } = error as { code?: string; errno?: number; message?: string }
  if (
    [
      'ENOENT',
      'ECONNREFUSED',
      'ECONNRESET',
      'EPIPE',
      'ETIMEDOUT',
      'PROTOCOL_CONNECTION_LOST',
      'ER_SERVER_SHUTDOWN',
    ].includes(code ?? '')
  )
    return down()
  switch (errno) {
    case 1040:
    case 1203:
      return new PanelError(
        'mariadb_busy',
        503,
        'All of MariaDB’s connections are in use, so nothing was changed. End some (their sites’ pages show ' +
          'which queries run), or try again in a moment',
      )
    case 1698:
    case 1045:
      return new PanelError(
        'mariadb_refuses_root',
        503,
        'MariaDB does not accept root on its socket, so nothing was changed. As its administrator run: ALTER ' +
          'USER root@localhost IDENTIFIED VIA unix_socket',
      )
    case 3:
    case 28:
    case 1021:
    case 1114:
      return new PanelError(
        'mariadb_full',
        507,
        'The disk of MariaDB is full, so nothing was changed. Free some space and try again',
      )
    case 1290:
    case 1836:
      return new PanelError('mariadb_read_only', 503, `MariaDB accepts no changes now: ${message}`)
    default:
      return errno === undefined
        ? error
        : new PanelError('mariadb_failed', 500, `MariaDB refused: ${message}`, { errno })
  }
}
