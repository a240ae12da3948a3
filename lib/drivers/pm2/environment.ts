import type { AppSpec } from '../../model/apps/schema.ts'
import { paths } from '../../model/paths.ts'
import { siteNames } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'

/** The address apps listen on: they are reached through nginx. */
export const HOST = '127.0.0.1'

/** Headers are taken as large as nginx passes them on (64 KB): Node takes 16 otherwise, and gunicorn 8 a line. */
const usual = {
  node: { NODE_ENV: 'production', NODE_OPTIONS: '--max-http-header-size=81920' },
  python: {
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    GUNICORN_CMD_ARGS: '--limit-request-field_size=65536',
  },
}

/** Everything an app finds in its environment, its own variables last but for what the panel must say. */
export function environmentOf(
  { domain, runtime }: SiteSpec,
  { env, port, nodeVersion }: AppSpec,
): Record<string, string> {
  const { user, app, appHome, tmp, venv } = siteNames(domain)
  const system = '/usr/local/bin:/usr/bin:/bin'
  const own = runtime === 'node' ? `${app}/node_modules/.bin:${paths.node}/${nodeVersion}/bin` : `${venv}/bin`
  return {
    LANG: 'C.UTF-8',
    HOST,
    ...usual[runtime === 'node' ? 'node' : 'python'],
    ...env,
    ...(runtime === 'python' && { VIRTUAL_ENV: venv }),
    PATH: `${own}:${system}`,
    HOME: appHome,
    USER: user,
    LOGNAME: user,
    TMPDIR: tmp,
    PORT: String(port),
  }
}

/** As run-app reads it: NAME=value, each ended by a NUL, which no value can hold. */
export const renderAppEnvironment = (spec: SiteSpec, app: AppSpec): string =>
  Object.entries(environmentOf(spec, app))
    .map(([name, value]) => `${name}=${value}\0`)
    .join('')
