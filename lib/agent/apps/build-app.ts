import {
  adoptVenv,
  asSite,
  endScope,
  exists,
  firstLines,
  head,
  inScope,
  listNames,
  remove,
  stopScope,
} from '../../drivers/pm2/commands.ts'
import { HOST } from '../../drivers/pm2/environment.ts'
import { hasSystemd } from '../../drivers/systemd/index.ts'
import { detectApp, readable, type AppFiles } from '../../model/apps/detect.ts'
import type { AppSpec } from '../../model/apps/schema.ts'
import { unbuilt } from '../../model/apps/unbuilt.ts'
import { PanelError } from '../../model/errors.ts'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import { siteNames } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import { readSockets } from '../../proc/sockets.ts'
import { freeBytes } from '../../system/files.ts'
import { killProcessesOf } from '../../system/kill.ts'
import { passwd } from '../../system/passwd.ts'
import { attempt, type Argv } from '../../system/run.ts'
import { shareStatic } from './static-files.ts'

/** The largest package.json or lock file that is read (bytes). */
const LARGEST = 8_000_000

/** How long an installation or a build may take (s), and what it may hold (MiB). */
const BUILD_TIMEOUT_S = 1_800
const MEMORY = 2_048

/** Number of lines of one command that are told; a job keeps them. */
const MOST_LINES = 2_000

/** An installation must leave this of a disk free (bytes), for everybody else. */
const RESERVE = 512 * 1024 * 1024

type OnProgress = (progress: Progress) => void

interface Site {
  spec: SiteSpec
  app: AppSpec
  run: (command: readonly string[]) => Argv
}

/**
 * Makes an app of what lies in its folder: installs what it depends on, unless that is there already, and builds
 * it, all as the site's user. Answers what starts it. Throws `app_missing`, `app_invalid`, `install_failed`,
 * `disk_full`.
 */
export async function buildApp(
  { spec, stamp, build }: Parsed<'apps.prepare'>,
  onProgress: OnProgress,
): Promise<Output<'apps.prepare'>> {
  if (!spec.app) throw new PanelError('not_an_app', 422, `${spec.domain} is a ${spec.runtime} site`)
  const { user, app: directory, appEnvironment, venv } = siteNames(spec.domain)
  const site: Site = { spec, app: spec.app, run: (command) => asSite(user, appEnvironment, directory, command) }
  onProgress({ step: 'Looking at the app', percent: 5 })
  if (spec.runtime === 'python') await adoptMoved(site)
  const files = await readFiles(site)
  const plan = detectApp(spec.runtime as 'node' | 'python', spec.app, files, {
    domain: spec.domain,
    directory,
    venv,
    host: HOST,
  })
  const installing = plan.stamp !== stamp || plan.missing
  const work = [
    ...(installing ? plan.install.map((command) => ({ command, step: 'Installing dependencies' })) : []),
    ...(installing || build ? plan.build.map((command) => ({ command, step: 'Building' })) : []),
  ]
  for (const [index, { command, step }] of work.entries()) {
    const percent = 10 + (index / work.length) * 60
    onProgress({ step, percent, output: `$ ${command.join(' ')}` })
    await runAsSite(site, command, (output) => onProgress({ step, percent, output }))
  }
  await shareStatic(spec)
  return {
    command: plan.command,
    stamp: plan.stamp,
    portTaken: isTaken(spec.app.port, passwd.uid(user)),
    hint: unbuilt(plan.command, { texts: files.texts, names: await readNames(site) }, spec.app.buildCommand),
  }
}

/** A site may have got another domain since, and so another folder. */
async function adoptMoved({ spec, run }: Site): Promise<void> {
  const { venv } = siteNames(spec.domain)
  const { code, stdout } = await attempt(run(firstLines(`${venv}/bin/pip`)), { timeout: 10 })
  if (code === 0 && !stdout.includes(`${venv}/bin/`)) await attempt(run(adoptVenv(venv)), { timeout: 60 })
}

const isTaken = (port: number, uid: number): boolean =>
  readSockets().some((socket) => socket.localPort === port && socket.listening && socket.uid !== uid)

async function readNames({ spec, run }: Site): Promise<string[]> {
  const { code, stdout, stderr } = await attempt(run(listNames()))
  if (code === 0) return stdout.split('\n').filter(Boolean)
  const { app } = siteNames(spec.domain)
  throw new PanelError('app_missing', 409, `The app’s folder ${app} cannot be read: ${stderr.trim()}`)
}

async function readFiles(site: Site): Promise<AppFiles> {
  const { spec, run } = site
  const { venv } = siteNames(spec.domain)
  const names = await readNames(site)
  const texts: Record<string, string> = {}
  for (const name of readable.filter((each) => names.includes(each))) {
    const read = await attempt(run(head(name, LARGEST)), { timeout: 10 })
    if (read.code === 0) texts[name] = read.stdout
  }
  const there =
    spec.runtime === 'node'
      ? names.includes('node_modules')
      : (await attempt(run(exists(`${venv}/bin/python`)))).code === 0
  return { names, texts, installed: there }
}

async function runAsSite(site: Site, command: readonly string[], onLine: (line: string) => void): Promise<void> {
  const { user, home, slice } = siteNames(site.spec.domain)
  const unit = `hosting-panel-prepare-${user}`
  if ((await freeBytes(home)) < RESERVE) throw full(site, 0)
  // Left by an agent that was killed.
  if (hasSystemd()) for (const end of [endScope(unit), stopScope(unit)]) await attempt(end)
  const cancel = new AbortController()
  const watch = setInterval(() => void freeBytes(home).then((free) => free < RESERVE && cancel.abort()), 500)
  try {
    const argv = hasSystemd() ? inScope(unit, slice, MEMORY, site.run(command)) : site.run(command)
    const { code, stderr } = await attempt(argv, {
      timeout: BUILD_TIMEOUT_S,
      onLine: atMost(MOST_LINES, onLine),
      cancel: cancel.signal,
    })
    if (cancel.signal.aborted || (await freeBytes(home)) < RESERVE) throw await makeRoom(site)
    if (code !== 0)
      throw new PanelError(
        'install_failed',
        422,
        `${command[0]} failed (exit code ${code}), so the app was not started. It said:\n${telling(stderr)}`,
      )
  } finally {
    clearInterval(watch)
    if (hasSystemd()) await attempt(endScope(unit))
  }
}

function atMost(count: number, onLine: (line: string) => void): (line: string) => void {
  let told = 0
  return (line) => {
    if (++told <= count) onLine(line)
    else if (told === count + 1) onLine('(Further output is left out)')
  }
}

/** A dozen lines from the first that speaks of an error on (npm ends with its usage), or the last ones. */
function telling(output: string): string {
  const lines = output.trim().split('\n')
  const first = lines.findIndex((line) => /\berror\b/i.test(line))
  return (first < 0 ? lines.slice(-12) : lines.slice(first, first + 12)).join('\n')
}

/** Ends what fills the disk, and removes what can be installed again. */
async function makeRoom(site: Site): Promise<PanelError> {
  const { user, appHome, tmp, venv } = siteNames(site.spec.domain)
  if (hasSystemd()) await attempt(endScope(`hosting-panel-prepare-${user}`))
  else await killProcessesOf(passwd.uid(user))
  const before = await freeBytes(appHome)
  await attempt(
    site.run(
      remove(['node_modules', `${appHome}/.npm`, `${appHome}/.cache`, `${venv}/bin`, `${venv}/lib`, `${tmp}/npm`]),
    ),
    { timeout: 600 },
  )
  return full(site, (await freeBytes(appHome)) - before)
}

const full = ({ spec }: Site, freed: number): PanelError =>
  new PanelError(
    'disk_full',
    507,
    `The server’s disk is nearly full (less than ${RESERVE / 1024 / 1024} MB are left), so installing ` +
      `${spec.domain} was ` +
      `stopped${freed > 0 ? ` and ${Math.round(freed / 1e6)} MB of its packages were removed again` : ''}. Free ` +
      'some space, or let the app need less, and start it again',
  )
