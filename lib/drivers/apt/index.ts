import { PanelError } from '../../model/errors.ts'
import type { PhpVersion } from '../../model/sites/schema.ts'
import { attempt, environment, run, type Argv } from '../../system/run.ts'
import { apart } from '../systemd/commands.ts'
import { hasSystemd } from '../systemd/index.ts'
import { candidates, fpmPackage, install, installedOf, purge, statusOf, wantedPackages } from './commands.ts'

const quiet = { DEBIAN_FRONTEND: 'noninteractive' }
const HOUR = 3600

/** Runs apt outside the agent's restrictions, because packages' scripts install programs and units. */
async function change(command: Argv, onLine: (line: string) => void): Promise<void> {
  const argv = hasSystemd() ? apart({ ...environment, ...quiet }, command) : command
  await run(argv, { env: quiet, timeout: HOUR, onLine })
}

/** The packages among these that the server's package sources have. */
export async function available(packages: readonly string[]): Promise<Set<string>> {
  return parseCandidates(await run(candidates(packages)))
}

/** Names with a candidate in `apt-cache policy` output. */
export function parseCandidates(output: string): Set<string> {
  const blocks = output.split(/^(?=\S+:$)/m)
  return new Set(
    blocks.filter((block) => /Candidate: (?!\(none\))/.test(block)).map((block) => block.slice(0, block.indexOf(':'))),
  )
}

/** Installs a PHP version with FPM and the usual extensions. Throws `php_version_unavailable`. */
export async function installPhp(version: PhpVersion, onLine: (line: string) => void): Promise<void> {
  const found = await available(wantedPackages(version))
  if (!found.has(fpmPackage(version))) {
    throw new PanelError(
      'php_version_unavailable',
      422,
      `This server's package sources have no PHP ${version}. Add a package repository that has it and try again`,
    )
  }
  await change(install(wantedPackages(version).filter((name) => found.has(name))), onLine)
}

/** Installs packages that are not there yet. Throws `package_unavailable`. */
export async function installPackages(packages: readonly string[], onLine: (line: string) => void): Promise<void> {
  const { code, stdout } = await attempt(statusOf(packages))
  const there = new Set(stdout.split('\n').flatMap((line) => /^installed (\S+)$/.exec(line)?.[1] ?? []))
  const missing = packages.filter((name) => !there.has(name))
  if (code === 0 && missing.length === 0) return
  const found = await available(missing)
  const unknown = missing.find((name) => !found.has(name))
  if (unknown)
    throw new PanelError(
      'package_unavailable',
      422,
      `This server's package sources have no ${unknown}. Run apt-get update on the server and try again`,
    )
  await change(install(missing), onLine)
}

export async function removePhp(version: PhpVersion, onLine: (line: string) => void): Promise<void> {
  const { stdout } = await attempt(installedOf(version))
  const packages = stdout.split('\n').flatMap((line) => /^installed (\S+)$/.exec(line)?.[1] ?? [])
  if (packages.length > 0) await change(purge(packages), onLine)
}
