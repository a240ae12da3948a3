import { createHash } from 'node:crypto'
import { existsSync, globSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { lowerLayers, roots } from './build.ts'
import { install } from './deploy.ts'
import { must } from './_exec.ts'
import { checkout } from './_host.ts'
import { withLock } from './_lock.ts'
import { down, powerOff, up, type Machine } from './machine.ts'
import { directory, writeState } from './_state.ts'

type Log = (line: string) => void

/** Where the installer's one-time token lies on an installed disk. */
const TOKEN = 'root/setup-token'

/**
 * Starts a machine from a disk on which the panel of this checkout is installed already. The first call installs it,
 * and every later one boots a copy: seconds instead of minutes. HOSTING_PANEL_BUILT says that dist is built.
 */
export async function upInstalled(name: string, log: Log = () => {}): Promise<Machine> {
  const lower = await installedLayers(log)
  const machine = await up(name, { lower })
  machine.state.setupToken = await readFile(join(lower[0]!, TOKEN), 'utf8')
  await writeState(machine.state)
  return machine
}

/** The layers of an installed machine, topmost first; the topmost is made when this checkout has none yet. */
export async function installedLayers(log: Log): Promise<string[]> {
  const lower = await lowerLayers('warm', log)
  return withLock(join(roots, 'installed.lock'), async () => {
    if (process.env.HOSTING_PANEL_BUILT === undefined)
      await must(['npm', 'run', '--silent', 'build'], { cwd: checkout })
    const place = join(roots, `installed-${await key(lower)}`)
    if (!existsSync(place)) await makeLayer(place, log)
    return [place, ...lower]
  })
}

/** Changes with anything that the installer reads. */
async function key(lower: readonly string[]): Promise<string> {
  const names = [
    'package.json',
    'package-lock.json',
    ...globSync('{dist,install}/**', { cwd: checkout, withFileTypes: false }),
  ]
  const hash = createHash('sha256').update(lower.join('\n'))
  for (const name of names.sort()) {
    const content = await readFile(join(checkout, name)).catch(() => null)
    if (content) hash.update(`\n${name}\n`).update(content)
  }
  return hash.digest('hex').slice(0, 16)
}

/** Installs the Node that most tests of apps run on: a download less for each machine. */
async function provideNode(machine: Machine): Promise<void> {
  const { code, stdout, stderr } = await machine.sh(['hosting-panel', 'node', 'versions', 'install', '--version', '24'])
  if (code !== 0) throw new Error(`Node could not be installed: ${stdout}${stderr}`)
}

/** Installs on a machine of its own, and keeps what that wrote to its disk. */
async function makeLayer(place: string, log: Log): Promise<void> {
  const start = Date.now()
  const name = `install-${process.pid}`
  log('installing the panel on the disk that test machines start from')
  const machine = await up(name)
  try {
    const token = await install(machine, { built: true })
    await provideNode(machine)
    await powerOff(machine.state)
    const upper = join(directory(name), 'upper')
    await writeFile(join(upper, TOKEN), token, { mode: 0o600 })
    await rm(place, { recursive: true, force: true })
    await rename(upper, place)
  } finally {
    await down(name)
  }
  log(`installed the panel in ${Math.round((Date.now() - start) / 1000)} s`)
}
