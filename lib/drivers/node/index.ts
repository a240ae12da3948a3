import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { nodeVersion, type NodeVersion } from '../../model/node/schema.ts'
import { paths } from '../../model/paths.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import { executables } from '../../proc/processes.ts'
import { failpoint } from '../../system/failpoint.ts'
import {
  ensureDirectory,
  errorCode,
  freeBytes,
  inspect,
  listDirectory,
  move,
  readLink,
  removeFile,
  writeLink,
} from '../../system/files.ts'
import { attempt, run, type Argv } from '../../system/run.ts'
import { giveTree, removeTree } from '../../system/tree.ts'
import {
  flush,
  install,
  nodePackage,
  npmBy,
  npmFor,
  npmPackage,
  published,
  versionOfNode,
  versionOfNpm,
  type Npm,
} from './commands.ts'
import { directoryName, diskFull, explain, failed, newest, versionIn, type Releases } from './parse.ts'

/** How long npm may take (s): 50 MB over a slow line. */
const INSTALL_TIMEOUT_S = 1_800

/** Disk that an installation needs for a moment, with as much again left for everybody else (bytes). */
const ROOM = 1024 * 1024 * 1024

const root = { uid: 0, gid: 0 }
const linkOf = (version: NodeVersion): string => join(paths.node, version)

/** A version on this machine. */
export interface Installed {
  version: NodeVersion
  /** `22.23.3`. */
  fullVersion: string
  /** When it was installed. */
  since: Date
}

/**
 * The versions on this machine, oldest first. Each is a link, `22`, at a directory of its own, so that another
 * takes its place in one step while what runs in the old one keeps all its files.
 */
export async function installedNodes(): Promise<Installed[]> {
  const found = await Promise.all(
    nodeVersion.options.map(async (version) => {
      const target = (await readLink(linkOf(version))) ?? ''
      const fullVersion = versionIn(target)
      const stats = fullVersion === null ? null : await inspect(join(paths.node, target))
      return fullVersion !== null && stats?.isDirectory() ? [{ version, fullVersion, since: stats.mtime }] : []
    }),
  )
  return found.flat()
}

/** Installs the newest of a version, or leaves it when it is that already. Throws PanelError `node_install_failed`. */
export async function installNode(version: NodeVersion, onProgress: (progress: Progress) => void): Promise<void> {
  const own = randomBytes(4).toString('hex')
  const building = join(paths.node, `.new-${version}-${own}`)
  try {
    await pruneNodeFiles()
    const npm = await begin(building)
    onProgress({ step: `Looking for the newest Node ${version}`, percent: 2 })
    const wanted = await newestOf(npm, building, version)
    if (await isHere(version, wanted))
      return onProgress({ step: `Node ${wanted.node} is installed already, and is the newest`, percent: 100 })
    await build(npm, building, wanted, onProgress)
    await replace(version, building, directoryName(wanted, own))
  } catch (error) {
    throw ['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '') ? diskFull() : error
  } finally {
    await pruneNodeFiles()
  }
}

/** Nobody but root may enter the directory until all in it is there and was tried. */
async function begin(building: string): Promise<Npm> {
  const script = join(paths.release, 'node_modules/npm/bin/npm-cli.js')
  if (!(await inspect(script))) throw failed(503, `npm is missing in ${paths.release}. Run install.sh again`)
  await ensureDirectory(paths.node, { ...root, mode: 0o755 })
  if ((await freeBytes(paths.node)) < ROOM) throw diskFull()
  await ensureDirectory(building, { ...root, mode: 0o700 })
  return npmBy(process.execPath, script)
}

const cacheOf = (building: string): string => join(building, '.cache')

async function newestOf(npm: Npm, building: string, version: NodeVersion): Promise<Releases> {
  const ask = async (wanted: string) => newest(await must(published(npm, cacheOf(building), wanted)))
  return { node: await ask(nodePackage(process.arch, version)), npm: await ask(npmFor(version)) }
}

async function isHere(version: NodeVersion, wanted: Releases): Promise<boolean> {
  const current = await readLink(linkOf(version))
  return (
    current !== null &&
    current.startsWith(directoryName(wanted, '')) &&
    (await inspect(join(paths.node, current, 'bin/node'))) !== null
  )
}

async function build(
  npm: Npm,
  building: string,
  wanted: Releases,
  onProgress: (progress: Progress) => void,
): Promise<void> {
  const step = `Installing Node ${wanted.node} with npm ${wanted.npm}`
  onProgress({ step, percent: 10 })
  const packages = [nodePackage(process.arch, wanted.node), npmPackage(wanted.npm)]
  await must(install(npm, cacheOf(building), building, packages), (output) => onProgress({ step, percent: 10, output }))
  failpoint()
  onProgress({ step: 'Testing it', percent: 90 })
  await expectVersion(versionOfNode(building), `v${wanted.node}`)
  await expectVersion(versionOfNpm(building), wanted.npm)
  await removeTree(cacheOf(building))
  await giveTree(building, { from: root.uid, ...root, mode: 0o755, contents: 'u=rwX,go=rX' })
  await run(flush(building), { timeout: 600 })
}

/** The link decides: until it is there, all of this is a leftover; once it is, what it pointed at before is one. */
async function replace(version: NodeVersion, building: string, name: string): Promise<void> {
  failpoint()
  await move(building, join(paths.node, name))
  failpoint()
  await writeLink(linkOf(version), name)
  failpoint()
}

async function must(argv: Argv, onLine?: (line: string) => void): Promise<string> {
  const { code, stdout, stderr } = await attempt(argv, { timeout: INSTALL_TIMEOUT_S, ...(onLine && { onLine }) })
  if (code !== 0) throw explain(stderr || stdout)
  return stdout
}

async function expectVersion(argv: Argv, wanted: string): Promise<void> {
  const { code, stdout, stderr } = await attempt(argv)
  if (code !== 0 || stdout.trim() !== wanted) {
    throw failed(
      500,
      `the registry’s package does not run here as ${wanted}: ` +
        `${(stderr || stdout).trim().slice(0, 500) || `exit code ${code}`}`,
    )
  }
}

/** Removes a version; what runs in it keeps its files until it ends. */
export async function removeNode(version: NodeVersion): Promise<void> {
  await removeFile(linkOf(version))
  await pruneNodeFiles()
}

/**
 * Deletes what an installation that was cut off left, and replaced versions that nothing runs in any more. Not beside
 * an installation.
 */
export async function pruneNodeFiles(): Promise<void> {
  const linked = new Set(await Promise.all(nodeVersion.options.map((version) => readLink(linkOf(version)))))
  const loose = (await listDirectory(paths.node))
    .filter((name) => name.startsWith('.') && !linked.has(name))
    .map((name) => join(paths.node, name))
  if (loose.length === 0) return
  const running = executables()
  for (const path of loose) if (!running.some((file) => file.startsWith(`${path}/`))) await removeTree(path)
}
