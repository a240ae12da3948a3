import { PanelError } from '../errors.ts'
import type { AppFiles, Places } from './detect.ts'
import { ANSWER_TIMEOUT_S } from './ports.ts'
import type { AppSpec } from './schema.ts'

/** Whether an app's requirements name a package. */
const mentions = (name: string, { texts }: AppFiles): boolean =>
  new RegExp(`(?:^|["'\\s])${name}(?:$|[\\s"'\\[<>=!~;,])`, 'im').test(
    `${texts['requirements.txt'] ?? ''}\n${texts['pyproject.toml'] ?? ''}`,
  )

const usesUvicorn = (files: AppFiles): boolean => mentions('uvicorn(?:\\[\\w+\\])?', files)

/** The package of a Django project that has its wsgi.py and asgi.py, by its manage.py; null: it is none. */
export function djangoProject({ texts }: AppFiles): string | null {
  const pattern = /DJANGO_SETTINGS_MODULE['"]\s*,\s*['"]((?:[A-Za-z_]\w*\.)+)[A-Za-z_]\w*['"]/
  const settings = pattern
    .exec(texts['manage.py'] ?? '')?.[1]
    ?.slice(0, -1)
    .split('.')
  if (!settings) return null
  // `shop.settings.production` lies in a package of its own.
  const own = settings.indexOf('settings')
  return settings.slice(0, own > 0 ? own : undefined).join('.')
}

/** Installs what an app asks for; a Django project that names no server gets one. */
export function pipInstall(files: AppFiles): string[][] {
  const pip = ['pip', 'install', '--no-input', '--disable-pip-version-check']
  const served = djangoProject(files) === null || mentions('gunicorn', files) || usesUvicorn(files)
  const server = served ? [] : ['gunicorn']
  if (files.names.includes('requirements.txt')) return [[...pip, '-r', 'requirements.txt', ...server]]
  return files.names.includes('pyproject.toml') ? [[...pip, '.', ...server]] : []
}

/** Finds what starts a Python app. Throws `app_invalid`. */
export function pythonCommand(spec: AppSpec, files: AppFiles, { host }: Places): string[] {
  const first = (...names: string[]) => names.find((name) => files.names.includes(`${name}.py`))
  if (spec.entry && !spec.entry.includes(':')) return ['python', spec.entry]
  const workers = ['--workers', String(spec.workers)]
  const django = djangoProject(files)
  if (usesUvicorn(files)) {
    const target = spec.entry ?? (django && `${django}.asgi:application`) ?? found(first('main', 'app', 'asgi'), 'app')
    if (target) return ['uvicorn', '--host', host, '--port', String(spec.port), ...workers, target]
  }
  if (mentions('gunicorn', files) || django) {
    const target =
      spec.entry ??
      (django && `${django}.wsgi:application`) ??
      found(first('app', 'main'), 'app') ??
      found(first('wsgi'), 'application')
    // Its workers are ended when an answer takes longer; nginx waits as long.
    const timeout = ['--timeout', String(ANSWER_TIMEOUT_S)]
    if (target) return ['gunicorn', '--bind', `${host}:${spec.port}`, ...timeout, ...workers, target]
  }
  const file = first('app', 'main', 'server')
  if (file && !spec.entry) return ['python', `${file}.py`]
  throw new PanelError(
    'app_invalid',
    409,
    spec.entry
      ? `${spec.entry} needs a server: add gunicorn (WSGI) or uvicorn (ASGI) to the requirements`
      : 'There is no app.py, main.py, wsgi.py or manage.py. Set the entry of the app, such as ' +
          'project.wsgi:application, or its start command',
  )
}

const found = (module: string | undefined, attribute: string): string | null =>
  module === undefined ? null : `${module}:${attribute}`
