import { describe, expect, it } from 'vitest'
import { detectApp, type AppFiles } from '../../../../lib/model/apps/detect.ts'
import { newApp, type AppRuntime, type AppSpec } from '../../../../lib/model/apps/schema.ts'

const places = {
  domain: 'example.test',
  directory: '/var/www/example.test/app',
  venv: '/var/www/example.test/venv',
  host: '127.0.0.1',
}
const files = (texts: Record<string, string>, names: string[] = []): AppFiles => ({
  names: [...Object.keys(texts), ...names],
  texts,
  installed: false,
})
const plan = (runtime: AppRuntime, given: AppFiles, changes: Partial<AppSpec> = {}) =>
  detectApp(runtime, { ...newApp(runtime, 20_001), ...changes }, given, places)
const json = (value: object) => files({ 'package.json': JSON.stringify(value) }, ['server.js'])

describe('a Node app', () => {
  it.each<[string, object, string[]]>([
    [
      'a start script that needs no shell',
      { scripts: { start: 'node dist/main.js --port $PORT' } },
      ['node', 'dist/main.js', '--port', '20001'],
    ],
    ['one that does', { scripts: { start: 'NODE_OPTIONS=-x node a.js && b' } }, ['npm', 'start']],
    ['one with something before it', { scripts: { prestart: 'x', start: 'node a.js' } }, ['npm', 'start']],
    ['a main', { main: 'lib/a.js' }, ['node', '--', 'lib/a.js']],
    ['a main like an option', { main: '--eval=x' }, ['node', '--', '--eval=x']],
    ['only files', {}, ['node', '--', 'server.js']],
    ['scripts of other kinds', { scripts: { start: 5 }, main: {} }, ['node', '--', 'server.js']],
  ])('is started by %s', (_, content, command) => expect(plan('node', json(content)).command).toEqual(command))

  it('is started by its entry, or its own command', () => {
    expect(plan('node', json({}), { entry: 'a.mjs' }).command).toEqual(['node', 'a.mjs'])
    expect(plan('node', json({}), { startCommand: 'next start -p $PORT' }).command).toEqual([
      'next',
      'start',
      '-p',
      '20001',
    ])
    expect(plan('node', files({}, ['a.js']), { entry: 'a.js' })).toMatchObject({
      command: ['node', 'a.js'],
      install: [],
    })
  })

  it('is installed by npm, exactly as its lock file says when it has one', () => {
    const common = ['--no-audit', '--no-fund']
    expect(plan('node', json({})).install).toEqual([['npm', 'install', '--no-package-lock', '--omit=dev', ...common]])
    expect(plan('node', files({ 'package.json': '{}', 'package-lock.json': '{}' }, ['index.js'])).install).toEqual([
      ['npm', 'ci', '--omit=dev', ...common],
    ])
    expect(plan('node', json({}), { buildCommand: 'npm run build' })).toMatchObject({
      install: [['npm', 'install', '--no-package-lock', '--include=dev', ...common]],
      build: [['npm', 'run', 'build']],
    })
    expect(plan('node', json({}), { installCommand: 'pnpm i' }).install).toEqual([['pnpm', 'i']])
  })

  it('is installed again when what that depends on changes, and not for anything else', () => {
    const stamp = plan('node', json({})).stamp
    expect(plan('node', json({}), { memoryMb: 512, env: { A: 'b' } }).stamp).toBe(stamp)
    for (const other of [
      plan('node', json({ a: 1 })),
      plan('node', json({}), { nodeVersion: '22' }),
      plan('node', json({}), { installCommand: 'npm i' }),
    ])
      expect(other.stamp).not.toBe(stamp)
    expect(plan('node', json({ dependencies: { a: '1' } })).missing).toBe(true)
    expect(plan('node', json({})).missing).toBe(false)
  })

  it.each<[string, AppFiles, string]>([
    ['nothing', files({}), 'app_missing'],
    ['no package.json', files({}, ['server.js']), 'app_missing'],
    ['no JSON', files({ 'package.json': '{' }), 'app_invalid'],
    ['other JSON', files({ 'package.json': 'null' }), 'app_invalid'],
    ['nothing to start', files({ 'package.json': '{}' }), 'app_invalid'],
  ])('with %s is refused in words', (_, given, code) =>
    expect(() => plan('node', given)).toThrow(expect.objectContaining({ code })),
  )
})

describe('a Python app', () => {
  const venv = ['python3', '-m', 'venv', '--', '/var/www/example.test/venv']
  const pip = ['pip', 'install', '--no-input', '--disable-pip-version-check']
  const gunicorn = ['gunicorn', '--bind', '127.0.0.1:20001', '--timeout', '3600']
  it.each<[string, AppFiles, Partial<AppSpec>, string[]]>([
    [
      'ASGI',
      files({ 'requirements.txt': 'fastapi\nuvicorn[standard]>=0.2\n' }, ['main.py']),
      {},
      ['uvicorn', '--host', '127.0.0.1', '--port', '20001', '--workers', '2', 'main:app'],
    ],
    [
      'WSGI',
      files({ 'requirements.txt': 'Flask==2\ngunicorn\n' }, ['app.py']),
      { workers: 1 },
      [...gunicorn, '--workers', '1', 'app:app'],
    ],
    [
      'WSGI with its own file',
      files({ 'requirements.txt': 'gunicorn' }, ['wsgi.py']),
      {},
      [...gunicorn, '--workers', '2', 'wsgi:application'],
    ],
    [
      'an entry',
      files({ 'pyproject.toml': 'dependencies = ["gunicorn>=20"]' }, []),
      { entry: 'shop.wsgi:application' },
      [...gunicorn, '--workers', '2', 'shop.wsgi:application'],
    ],
    ['a file', files({ 'requirements.txt': 'aiohttp' }, ['main.py']), {}, ['python', 'main.py']],
    ['another file', files({ 'requirements.txt': '' }, ['bot.py']), { entry: 'bot.py' }, ['python', 'bot.py']],
  ])('is started as %s', (_, given, changes, command) =>
    expect(plan('python', given, changes).command).toEqual(command),
  )

  const manage = (settings: string) =>
    `os.environ.setdefault('DJANGO_SETTINGS_MODULE', '${settings}')\nexecute_from_command_line(sys.argv)\n`
  const django = (settings: string, requirements: string) =>
    files({ 'requirements.txt': requirements, 'manage.py': manage(settings) }, ['shop', 'main.py'])

  it.each([
    ['shop.settings', 'shop.wsgi:application'],
    ['config.settings.production', 'config.wsgi:application'],
    ['a.b.settings', 'a.b.wsgi:application'],
    ['shop.conf', 'shop.wsgi:application'],
    ['settings.production', 'settings.wsgi:application'],
  ])('is recognised as Django with %s', (settings, module) => {
    expect(plan('python', django(settings, 'Django>=4')).command).toEqual([...gunicorn, '--workers', '2', module])
  })

  it('is given a server when it is Django and names none', () => {
    const install = (requirements: string) => plan('python', django('shop.settings', requirements)).install[1]
    expect(install('Django')).toEqual([...pip, '-r', 'requirements.txt', 'gunicorn'])
    expect(install('Django\ngunicorn==20.1')).toEqual([...pip, '-r', 'requirements.txt'])
    const asgi = plan('python', django('shop.settings', 'django\nuvicorn'))
    expect([asgi.install[1], asgi.command.at(-1)]).toEqual([
      [...pip, '-r', 'requirements.txt'],
      'shop.asgi:application',
    ])
    const entry = plan('python', django('shop.settings', 'django'), { entry: 'other.wsgi:app' })
    expect(entry.command.at(-1)).toBe('other.wsgi:app')
    expect(asgi.stamp).not.toBe(plan('python', files({ 'requirements.txt': 'django\nuvicorn' }, ['main.py'])).stamp)
  })

  it('puts Django’s static files together where nginx sends them', () => {
    const build = (changes: Partial<AppSpec>) => plan('python', django('shop.settings', 'django'), changes).build
    const static_ = [{ path: '/static', directory: 'staticfiles' }]
    expect(build({})).toEqual([])
    expect(build({ static: static_ })).toEqual([['python', 'manage.py', 'collectstatic', '--noinput']])
    expect(build({ static: static_, buildCommand: 'make' })).toEqual([['make']])
    expect(plan('python', files({ 'requirements.txt': 'flask' }, ['app.py']), { static: static_ }).build).toEqual([])
  })

  it('gets an environment of its own, once', () => {
    const given = files({ 'requirements.txt': 'flask' }, ['app.py'])
    expect(plan('python', given).install).toEqual([venv, [...pip, '-r', 'requirements.txt']])
    expect(plan('python', { ...given, installed: true }).install).toEqual([[...pip, '-r', 'requirements.txt']])
    expect(plan('python', files({ 'pyproject.toml': '' }, ['app.py'])).install).toEqual([venv, [...pip, '.']])
  })

  it('is refused in words without requirements, and where nothing can serve it', () => {
    expect(() => plan('python', files({}, ['app.py']))).toThrow(expect.objectContaining({ code: 'app_missing' }))
    expect(() => plan('python', files({ 'requirements.txt': 'flask' }, ['x.py']))).toThrow(
      expect.objectContaining({ code: 'app_invalid' }),
    )
    expect(() => plan('python', files({ 'requirements.txt': 'flask' }), { entry: 'app:app' })).toThrow(/add gunicorn/)
  })
})
