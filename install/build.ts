import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { basename, dirname, join } from 'node:path'
import type { HookEntry } from '../lib/model/hooks.ts'
import type { Hook } from '../lib/panel/hooks/define.ts'
import { renderManifest, scan } from '../lib/panel/http/scan.ts'
import { renderCrontab, renderTimer } from './schedules.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

/**
 * Native modules, and large ones that few servers ever need, stay in node_modules; everything else goes into one file a
 * process.
 */
const external = ['better-sqlite3', '@node-rs/argon2', '@simplewebauthn/server', 'otplib', 'mysql2']

/** Servers with TLS that h3's adapter could make: nginx has it, and the modules cost memory. */
const spared: Record<string, string> = {
  'node:http2': 'export default {}; export const createSecureServer = null, createServer = null',
  'node:https': 'export default {}; export const createServer = null',
}
const withoutTls = {
  name: 'without-tls',
  resolveId: (id: string) => (Object.hasOwn(spared, id) ? `\0spared:${id}` : null),
  load: (id: string) => (id.startsWith('\0spared:') ? (spared[id.slice(8)] ?? null) : null),
}

/**
 * Importing a builtin of Node as an ES module evaluates all that it exports, and node:http's exports drag in a
 * web client: 13 MB in a process that never uses it. As CommonJS only what is used loads. (node:module stays:
 * the bundle's own CommonJS support stands on it.)
 */
const lazyBuiltins = {
  name: 'lazy-builtins',
  resolveId: (id: string) => (isBuiltin(id) && id !== 'node:module' ? `\0node:${id.replace(/^node:/, '')}` : null),
  load: (id: string) =>
    id.startsWith('\0node:') ? `module.exports = process.getBuiltinModule('${id.slice(1)}')` : null,
}

/**
 * The same for hooks, which run each minute: a builtin loads when something of it is first used, and most are not. Not
 * for packages that make instances of a whole module (node:events).
 */
const lateBuiltins = {
  ...lazyBuiltins,
  load: (id: string) =>
    id.startsWith('\0node:')
      ? `const load = () => process.getBuiltinModule('${id.slice(1)}')
module.exports = new Proxy({}, { get: (_, name) => load()[name], ownKeys: () => Object.keys(load()) })`
      : null,
}

/**
 * PM2 in one file starts in a fifth of the time, which a visitor who wakes an app waits for. It knows its own place
 * by names only CommonJS has; and what it loads for features that are off here (a check for new versions with a web
 * client of its own, watching files, reading version control) stays away.
 */
const pm2InOneFile = {
  name: 'pm2-in-one-file',
  resolveId: (id: string, from?: string) =>
    from?.includes('/pm2/') && /(?:\/VersionCheck\.js|^chokidar|\/modules\/vizion)$/.test(id) ? '\0spared:pm2' : null,
  load: (id: string) => (id === '\0spared:pm2' ? 'module.exports = () => {}' : null),
  transform: (code: string, id: string) =>
    id.includes('/pm2/')
      ? {
          code: code
            .replaceAll('module.filename', JSON.stringify(id))
            .replaceAll('__dirname', JSON.stringify(dirname(id))),
          map: null,
        }
      : null,
}

/** Begins the name of a program that runs one hook: a hook's file holds its work alone. */
const STARTS = 'start-hook:'
const hookPrograms = {
  name: 'hook-programs',
  resolveId: (id: string) => (id.startsWith(STARTS) ? `\0${id}` : null),
  load: (id: string) => {
    if (!id.startsWith(`\0${STARTS}`)) return null
    const name = id.slice(STARTS.length + 1)
    return `import hook from '${join(root, 'hooks', name)}.ts'
import { startHook } from '${join(root, 'lib/panel/hooks/start.ts')}'
await startHook('${name}', hook)`
  },
}

/** Writes functions/manifest.ts from the functions/ tree. */
function writeManifest(): void {
  const [file, text] = [join(root, 'functions/manifest.ts'), renderManifest(scan(join(root, 'functions')))]
  // Tests that run side by side make it too.
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text)
}

interface Packing {
  minify?: boolean
  /** Puts code that is imported later into files of its own: `agent.js` has them in `agent/`. */
  split?: boolean
}

/** In ASCII a program's text takes half the memory: V8 keeps it, and two bytes a character where one is not Latin. */
async function bundle(input: string, output: string, { minify = false, split = false }: Packing = {}): Promise<void> {
  const { build } = await import('rolldown')
  const files = split
    ? { dir: dist, entryFileNames: output, chunkFileNames: `${basename(output, '.js')}/[name].js` }
    : { file: join(dist, output) }
  await build({
    input: input.startsWith(STARTS) ? input : join(root, input),
    platform: 'node',
    external,
    plugins: [hookPrograms, pm2InOneFile, withoutTls, input.startsWith(STARTS) ? lateBuiltins : lazyBuiltins],
    logLevel: 'warn',
    output: {
      ...files,
      format: 'esm',
      sourcemap: true,
      charset: 'ascii',
      comments: false,
      codeSplitting: split,
      minify,
    },
  })
}

/** The command line makes its commands from this document: it starts without the functions and their schemas. */
async function writeOpenApi(): Promise<void> {
  const [{ toOpenApi }, { manifest }] = await Promise.all([
    import('../lib/panel/http/openapi.ts'),
    import('../functions/manifest.ts'),
  ])
  writeFileSync(join(dist, 'openapi.json'), JSON.stringify(toOpenApi(manifest, version())))
}

/** Says which tables of the database it is made for: install/downgrade.sh reads it. */
async function writeRelease(): Promise<void> {
  const { tables } = await import('../lib/panel/store/migrate.ts')
  writeFileSync(join(dist, 'release.json'), JSON.stringify({ version: version(), tables }))
}

const version = (): string =>
  (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version

const namesIn = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => basename(name, '.ts'))

/** Lists what hooks' timers need, without their work. */
async function writeSchedules(): Promise<void> {
  const hooks: HookEntry[] = await Promise.all(
    namesIn('hooks').map(async (name) => {
      const {
        default: { summary, schedule },
      } = (await import(`../hooks/${name}.ts`)) as { default: Hook }
      return { name, summary, schedule }
    }),
  )
  writeFileSync(join(dist, 'hooks.json'), JSON.stringify(hooks))
  mkdirSync(join(dist, 'timers'))
  for (const hook of hooks) writeFileSync(join(dist, `timers/hosting-panel-${hook.name}.timer`), renderTimer(hook))
  writeFileSync(join(dist, 'crontab'), renderCrontab(hooks))
}

async function buildAll(): Promise<void> {
  writeManifest()
  rmSync(dist, { recursive: true, force: true })
  mkdirSync(dist)
  writeFileSync(join(dist, 'package.json'), '{ "type": "module" }\n')
  await bundle('functions/main.ts', 'panel.js')
  // MariaDB's client is two thirds of it, and most of the agent's work needs none.
  await bundle('lib/agent/main.ts', 'agent.js', { split: true })
  // What is not read need not be parsed: whoever wakes an app waits for this one to start.
  await bundle('lib/supervisor/main.ts', 'supervisor.js', { minify: true })
  await bundle('lib/cli/main.ts', 'cli.js')
  await writeOpenApi()
  for (const task of namesIn('install/tasks')) await bundle(`install/tasks/${task}.ts`, `tasks/${task}.js`)
  for (const hook of namesIn('hooks')) await bundle(`${STARTS}${hook}`, `hooks/${hook}.js`)
  await writeSchedules()
  await writeRelease()
  const vite = await import('vite')
  await vite.build({ configFile: join(root, 'admin/vite.config.ts'), root: join(root, 'admin'), logLevel: 'warn' })
  for (const part of ['pages', 'adminer']) cpSync(join(root, 'install', part), join(dist, part), { recursive: true })
  if (!existsSync(join(dist, 'admin/index.html'))) throw new Error('the admin did not build into dist/admin')
}

const command = process.argv[2]
if (command === 'manifest') writeManifest()
else if (command === 'all') await buildAll()
else {
  console.error('usage: build.ts manifest | all')
  process.exit(2)
}
