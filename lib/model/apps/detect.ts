import { createHash } from 'node:crypto'
import { PanelError } from '../errors.ts'
import { commandProblem, toArgv } from './command.ts'
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

/** The files whose text is asked for. */
export const readable = [
  'package.json',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'requirements.txt',
  'pyproject.toml',
] as const

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
    build: build ? [build] : [],
    command,
    stamp: stampOf(spec, files),
    missing:
      !files.installed &&
      (runtime === 'python' || /"dependencies"\s*:\s*\{\s*"/.test(files.texts['package.json'] ?? '')),
  }
}

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

function pipInstall({ names }: AppFiles): string[][] {
  const pip = ['pip', 'install', '--no-input', '--disable-pip-version-check']
  if (names.includes('requirements.txt')) return [[...pip, '-r', 'requirements.txt']]
  return names.includes('pyproject.toml') ? [[...pip, '.']] : []
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

const mentions = (name: string, { texts }: AppFiles): boolean =>
  new RegExp(`(?:^|["'\\s])${name}(?:$|[\\s"'\\[<>=!~;,])`, 'im').test(
    `${texts['requirements.txt'] ?? ''}\n${texts['pyproject.toml'] ?? ''}`,
  )

function pythonCommand(spec: AppSpec, files: AppFiles, { host }: Places): string[] {
  const first = (...names: string[]) => names.find((name) => files.names.includes(`${name}.py`))
  if (spec.entry && !spec.entry.includes(':')) return ['python', spec.entry]
  const workers = ['--workers', String(spec.workers)]
  if (mentions('uvicorn(?:\\[\\w+\\])?', files)) {
    const target = spec.entry ?? withAttribute(first('main', 'app', 'asgi'), 'app')
    if (target) return ['uvicorn', '--host', host, '--port', String(spec.port), ...workers, target]
  }
  if (mentions('gunicorn', files)) {
    const target =
      spec.entry ?? withAttribute(first('app', 'main'), 'app') ?? withAttribute(first('wsgi'), 'application')
    if (target) return ['gunicorn', '--bind', `${host}:${spec.port}`, ...workers, target]
  }
  const file = first('app', 'main', 'server')
  if (file && !spec.entry) return ['python', `${file}.py`]
  throw new PanelError(
    'app_invalid',
    409,
    spec.entry
      ? `${spec.entry} needs a server: add gunicorn (WSGI) or uvicorn (ASGI) to the requirements`
      : 'There is no app.py, main.py or wsgi.py. Set the entry of the app, such as project.wsgi:application, or ' +
          'its start command',
  )
}

const withAttribute = (module: string | undefined, attribute: string): string | undefined =>
  module && `${module}:${attribute}`

function stampOf({ nodeVersion, installCommand, buildCommand }: AppSpec, { texts }: AppFiles): string {
  return createHash('sha256')
    .update(
      JSON.stringify([nodeVersion, installCommand, buildCommand !== null, readable.map((name) => texts[name] ?? null)]),
    )
    .digest('hex')
}
