import { existsSync } from 'node:fs'

/** The rows of a query on another program's SQLite file, which is only read; none when there is no such file. */
export async function querySqlite<Row>(file: string, query: string): Promise<Row[]> {
  if (!existsSync(file)) return []
  const { default: Database } = await import('better-sqlite3')
  const database = new Database(file, { readonly: true, fileMustExist: true, timeout: 2_000 })
  try {
    return database.prepare(query).all() as Row[]
  } finally {
    database.close()
  }
}
