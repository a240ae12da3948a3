import type { LiveBan } from '../../model/bans/schema.ts'

/** The names after "Jail list:" in what `status` prints. */
export function parseStatus(text: string): string[] {
  return (/Jail list:\s*(.*)$/m.exec(text)?.[1] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
}

/** Whether a jail has an action, in what `get JAIL actions` prints: a sentence that ends in a colon, then names. */
export const hasAction = (text: string, action: string): boolean =>
  (/:\n(.*)$/m.exec(text)?.[1] ?? '').split(', ').includes(action)

/** An address that a jail bans. */
export interface Banned {
  jail: string
  address: string
}

/** The same, with what Fail2ban recorded of it. */
export type RecordedBan = Omit<LiveBan, 'behindProxies'>

/** Reads the output of `banned`, a Python list of one dictionary a jail: `[{'sshd': ['192.0.2.1']}, {'x': []}]`. */
export function parseBanned(text: string): Banned[] {
  return [...text.matchAll(/'([^']+)': \[([^\]]*)\]/g)].flatMap(([, jail, list]) =>
    [...list!.matchAll(/'([^']+)'/g)].map(([, address]) => ({ jail: jail!, address: address! })),
  )
}

/**
 * When each ban of a jail ends (ms since 1970), from `203.0.113.9 \t2026-01-02 03:04:05 + 600 = 2026-01-02 03:14:05` in
 * the server's own time.
 */
export function parseBanTimes(text: string): Map<string, number> {
  return new Map(
    [...text.matchAll(/^(\S+)\s.* = (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/gm)].map(([, address, day, time]) => [
      address!,
      new Date(`${day}T${time}`).getTime(),
    ]),
  )
}

/** A row of Fail2ban's table bips. */
export interface Row {
  jail: string
  ip: string
  /** Seconds since 1970. */
  timeofban: number
  /** Seconds; -1 for ever. */
  bantime: number
  /** JSON: `{"matches": [line or its parts, ...], "failures": 5}`. */
  data: string | null
}

const at = (seconds: number): string => new Date(seconds * 1000).toISOString()

/** Puts together who is banned and what Fail2ban recorded of it. */
export function toBans(banned: readonly Banned[], rows: readonly Row[]): RecordedBan[] {
  const byName = new Map(rows.map((row) => [`${row.jail} ${row.ip}`, row]))
  return banned.map(({ jail, address }) => {
    const row = byName.get(`${jail} ${address}`)
    return {
      address,
      jail,
      since: row ? at(row.timeofban) : null,
      until: row && row.bantime >= 0 ? at(row.timeofban + row.bantime) : null,
      lines: row ? linesIn(row.data) : [],
    }
  })
}

/** The last ten lines; what a log may hold of control characters is taken out. */
function linesIn(data: string | null): string[] {
  const matches = (JSON.parse(data ?? '{}') as { matches?: (string | string[])[] }).matches ?? []
  return matches.slice(-10).map((line) =>
    (Array.isArray(line) ? line.join('') : line)
      .replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
      .trim()
      .slice(0, 500),
  )
}
