import { createHash } from 'node:crypto'
import { PanelError } from '../errors.ts'
import { commandProblem, toArgv } from './command.ts'
import { djangoProject, pipInstall, pythonCommand } from './python.ts'
import type { AppRuntime, AppSpec } from './schema.ts'

/** An app's own files, as far as they say how it is installed and started. */
export interface AppFiles {
  /** The names in its folder. */
  names: readonly string[]
  /** The text of those among `readable` that are there. */
  texts: Readonly<Record<string, string>>
  /** Whether node_modules, or the virtual environment, is there. */
  installed: boolean
}

/** The files that say what is installed. */
const installing = [
  'package.json',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'requirements.txt',
  'pyproject.toml',
] as const

/** The files whose text is asked for. */
export const readable = [...installing, 'manage.py'] as const

/** Where things are that a plan names. */
export interface Places {
  domain: string
  /** The app's folder. */
  directory: string
  venv: string
  host: string
}

export interface DetectedApp {
  install: string[][]
  build: string[][]
  command: string[]
  /** Names what `install` depends on: the same again needs no installation, unless its result is `missing`. */
  stamp: string
  missing: boolean
}

/** Finds how these files make an app. Throws `app_missing`, `app_invalid` in words for the site's owner. Pure. */
export function detectApp(runtime: AppRuntime, spec: AppSpec, files: AppFiles, places: Places): DetectedApp {
  const values = { PORT: String(spec.port), HOST: places.host }
  const own = (line: string | null) => (line === null ? null : toArgv(line, values))
  refuseMissing(runtime, spec, files, places)
  const install = own(spec.installCommand)
  const build = own(spec.buildCommand)
  const command =
    own(spec.startCommand) ??
    (runtime === 'node' ? nodeCommand(spec, files, places, values) : pythonCommand(spec, files, places))
  const environment = [['python3', '-m', 'venv', '--', places.venv]]
  return {
    install: [
      ...(runtime === 'python' && !files.installed ? environment : []),
      ...(install ? [install] : runtime === 'node' ? npmInstall(spec, files) : pipInstall(files)),
    ],
    build: build ? [build] : collectStatic(spec, files),
    command,
    stamp: stampOf(spec, files),
    missing:
      !files.installed &&
      (runtime === 'python' || /"dependencies"\s*:\s*\{\s*"/.test(files.texts['package.json'] ?? '')),
  }
}

/** Django puts its static files together where nginx sends them; else nobody asks for them there. */
const collectStatic = (spec: AppSpec, files: AppFiles): string[][] =>
  spec.static.length > 0 && djangoProject(files) !== null ? [['python', 'manage.py', 'collectstatic', '--noinput']] : []

function refuseMissing(runtime: AppRuntime, spec: AppSpec, { names }: AppFiles, { directory }: Places): void {
  const wanted = runtime === 'node' ? ['package.json'] : ['requirements.txt', 'pyproject.toml']
  if (names.length > 0 && (spec.startCommand ?? spec.entry ?? null) !== null) return
  if (wanted.some((name) => names.includes(name))) return
  throw new PanelError(
    'app_missing',
    409,
    `There is no ${wanted.join(' or ')} in ${directory}. Put the app’s files there, and start it again`,
  )
}

/**
 * With a lock file exactly what it says; else what package.json asks for, and no lock file is left that its owner
 * did not write. Tools for the build come along only when there is one.
 */
function npmInstall(spec: AppSpec, { names }: AppFiles): string[][] {
  if (!names.includes('package.json')) return []
  const locked = names.includes('package-lock.json') || names.includes('npm-shrinkwrap.json')
  const how = locked ? ['ci'] : ['install', '--no-package-lock']
  return [['npm', ...how, spec.buildCommand ? '--include=dev' : '--omit=dev', '--no-audit', '--no-fund']]
}

interface PackageJson {
  main?: unknown
  scripts?: Record<string, unknown>
}

function nodeCommand(
  spec: AppSpec,
  { names, texts }: AppFiles,
  { directory }: Places,
  values: { PORT: string; HOST: string },
): string[] {
  if (spec.entry) return ['node', spec.entry]
  const { scripts, main } = readPackage(texts['package.json'] ?? '{}', directory)
  const start = scripts?.start
  // npm stays in memory beside the app it starts, so it is spared where the script needs no shell.
  if (typeof start === 'string')
    return commandProblem(start) || scripts?.prestart ? ['npm', 'start'] : toArgv(start, values)!
  const file = [main, 'server.js', 'index.js', 'app.js', 'main.js'].find(
    (name) => typeof name === 'string' && (name === main || names.includes(name)),
  )
  if (file) return ['node', '--', file as string]
  throw new PanelError(
    'app_invalid',
    409,
    'package.json has no start script and no main, and there is no server.js, index.js or app.js. Add a start ' +
      'script, or set the entry or the start command of the app',
  )
}

function readPackage(text: string, directory: string): PackageJson {
  try {
    const read = JSON.parse(text) as PackageJson | null
    if (read && typeof read === 'object') return read
  } catch {
    // The same words as for what is JSON, but no object.
  }
  throw new PanelError(
    'app_invalid',
    409,
    `${directory}/package.json is not valid JSON. Correct it and start the app again`,
  )
}

function stampOf({ nodeVersion, installCommand, buildCommand }: AppSpec, files: AppFiles): string {
  return createHash('sha256')
    .update(
      JSON.stringify([
        nodeVersion,
        installCommand,
        buildCommand !== null,
        installing.map((name) => files.texts[name] ?? null),
        ...(djangoProject(files) === null ? [] : ['server']),
      ]),
    )
    .digest('hex')
}
