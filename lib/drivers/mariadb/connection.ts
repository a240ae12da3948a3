import type { Connection, RowDataPacket } from 'mysql2/promise'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import { explainServer } from './explain.ts'

/** The connection of the agent, as root by the socket; MariaDB may have been restarted since. */
let open: Promise<Connection> | undefined

/** After this without a statement the connection is closed (ms): one of few belongs to the sites. */
const IDLE_TIMEOUT_MS = 20_000

/** How long MariaDB may take to let somebody in (ms). */
const CONNECT_TIMEOUT_MS = 10_000

let closing: NodeJS.Timeout | undefined

async function connect(): Promise<Connection> {
  const { createConnection } = await import('mysql2/promise')
  const connection = await createConnection({
    socketPath: paths.mariadbSocket,
    user: 'root',
    connectTimeout: CONNECT_TIMEOUT_MS,
    charset: 'utf8mb4',
  })
  connection.on('error', discard)
  await connection.query("SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', autocommit = 1")
  return connection
}

function closeLater(): void {
  clearTimeout(closing)
  closing = setTimeout(() => {
    void open?.then((connection) => connection.end()).catch(() => undefined)
    open = undefined
  }, IDLE_TIMEOUT_MS).unref()
}

/** Nothing more comes of a connection that was lost. */
function discard(): void {
  void open?.then((connection) => connection.destroy()).catch(() => undefined)
  open = undefined
}

const isLost = (error: unknown): boolean => (error as { fatal?: boolean }).fatal === true

/**
 * Runs statements one after the other as root and answers the last one's rows. A connection that was lost while it
 * rested is made once more. Throws `mariadb_down`, `mariadb_full` and what `explainServer` knows.
 */
export async function sql<Row = RowDataPacket>(...statements: string[]): Promise<Row[]> {
  const rested = open !== undefined
  try {
    return await onceConnected<Row>(statements)
  } catch (error) {
    if (!isLost(error)) throw explainServer(error)
    discard()
    if (rested)
      return onceConnected<Row>(statements).catch((again: unknown) => {
        throw explainServer(again)
      })
    throw explainServer(error)
  }
}

async function onceConnected<Row>(statements: readonly string[]): Promise<Row[]> {
  const connecting = (open ??= connect())
  const connection = await connecting.catch((error: unknown) => {
    open = undefined
    throw error
  })
  let rows: unknown = []
  try {
    for (const statement of statements) [rows] = await connection.query(statement)
  } finally {
    closeLater()
  }
  return Array.isArray(rows) ? (rows as Row[]) : []
}

/** Values of statements, escaped by mysql2; never identifiers. */
export async function ask<Row = RowDataPacket>(
  statement: string,
  values: readonly (string | number | readonly string[])[],
): Promise<Row[]> {
  const { format } = await import('mysql2')
  return sql<Row>(format(statement, values as (string | number | string[])[]))
}

/** Whether MariaDB lets root in. Never throws. */
export const answers = (): Promise<boolean> =>
  sql('SELECT 1').then(
    () => true,
    (error: unknown) => !(error instanceof PanelError && error.status === 503),
  )
