import type { Machine } from '../machine/machine.ts'
import { output, writeFile } from '../machine/sites/_helpers.ts'

export interface Finding {
  /** Wapiti's name of the kind: `Cross Site Scripting`. */
  kind: string
  level: number
  path: string
  info: string
}

/** Wapiti's levels: 1 is low, 4 critical. */
export const LOW = 1

/** Modules that need nobody but the server: the others ask the Internet for lists, or to be called back. */
const MODULES =
  'backup,blindsql,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,methods,permanentxss,redirect,' +
  'shellshock,sql,xss'

interface Report {
  vulnerabilities: Record<string, { level: number; path: string; info: string }[]>
  anomalies: Record<string, { level: number; path: string; info: string }[]>
  infos: { crawled_pages_nbr?: number }
}

/** Runs wapiti on an address inside the machine, and on pages of it that no link leads to; answers its findings. */
export async function wapiti(
  machine: Machine,
  address: string,
  {
    pages = [],
    headers = {},
    seconds = 120,
  }: { pages?: string[]; headers?: Record<string, string>; seconds?: number } = {},
): Promise<Finding[]> {
  const report = '/root/wapiti.json'
  await output(machine, 'rm', '-f', report)
  const argv = [
    'wapiti',
    '--url',
    address,
    '--scope',
    'domain',
    '--module',
    MODULES,
    '--format',
    'json',
    '--output',
    report,
    '--flush-session',
    '--verify-ssl',
    '0',
    '--no-bugreport',
    '--max-scan-time',
    String(seconds),
    '--timeout',
    '20',
    '--level',
    '1',
  ]
  const { code, stdout, stderr } = await machine.sh(
    [
      ...argv,
      ...pages.flatMap((page) => ['--start', page]),
      ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
    ],
    { timeout: 900 },
  )
  const text = await output(machine, 'cat', report)
  if (code !== 0 || !text) throw new Error(`wapiti ended with ${code}: ${(stdout + stderr).slice(-1500)}`)
  const { vulnerabilities, anomalies } = JSON.parse(text) as Report
  return [...Object.entries(vulnerabilities), ...Object.entries(anomalies)].flatMap(([kind, list]) =>
    list.map(({ level, path, info }) => ({ kind, level, path, info })),
  )
}

export interface Audit {
  /** `TEST-ID what it says`. */
  warnings: string[]
  suggestions: string[]
}

/** Runs lynis on the whole server, or one of its tests alone; answers its report. */
export async function lynis(machine: Machine, test?: string): Promise<Audit> {
  const report = '/root/lynis.dat'
  const { code, stdout, stderr } = await machine.sh(
    [
      'lynis',
      'audit',
      'system',
      '--quick',
      '--no-colors',
      '--quiet',
      '--report-file',
      report,
      '--log-file',
      '/root/lynis.log',
      ...(test ? ['--tests', test] : []),
    ],
    { timeout: 900 },
  )
  const text = await output(machine, 'cat', report)
  if (!text.includes('finish=true')) throw new Error(`lynis ended with ${code}: ${(stdout + stderr).slice(-1500)}`)
  const said = (what: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${what}[]=`))
      .map((line) =>
        line
          .slice(what.length + 3)
          .split('|')
          .slice(0, 2)
          .join(' '),
      )
  return { warnings: said('warning'), suggestions: said('suggestion') }
}

/** A page in a site's folder, as its owner. */
export async function page(machine: Machine, domain: string, name: string, text: string): Promise<void> {
  const folder = `/var/www/${domain}/public`
  await writeFile(machine, `${folder}/${name}`, text)
  await output(machine, 'chown', '--reference', folder, `${folder}/${name}`)
}
