import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { renderManifest, scan } from '../lib/function/scan.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

/** Native modules stay in node_modules; everything else goes into one file a process. */
const external = ['better-sqlite3', '@node-rs/argon2']

/** listhen brings node-forge for certificates of its own: half the bundle and 6 MB of memory. nginx has the panel's. */
const withoutForge = {
  name: 'without-forge',
  resolveId: (id: string) => (id === 'node-forge' ? '\0forge' : null),
  load: (id: string) => (id === '\0forge' ? 'export default {}' : null),
}

/** Writes lib/function/manifest.ts from the functions/ tree. */
function writeManifest(): void {
  writeFileSync(join(root, 'lib/function/manifest.ts'), renderManifest(scan(join(root, 'functions'))))
}

async function bundle(input: string, output: string): Promise<void> {
  const { build } = await import('rolldown')
  await build({
    input: join(root, input), platform: 'node', external, plugins: [withoutForge], logLevel: 'warn',
    output: { file: join(dist, output), format: 'esm', sourcemap: true, codeSplitting: false },
  })
}

async function buildAll(): Promise<void> {
  writeManifest()
  rmSync(dist, { recursive: true, force: true })
  mkdirSync(dist)
  writeFileSync(join(dist, 'package.json'), '{ "type": "module" }\n')
  await bundle('lib/server.ts', 'panel.js')
  await bundle('lib/agent/main.ts', 'agent.js')
  const hooks = readdirSync(join(root, 'hooks')).filter((name) => /^[a-z].*\.ts$/.test(name))
  for (const hook of hooks) await bundle(`hooks/${hook}`, `hooks/${basename(hook, '.ts')}.js`)
  const vite = await import('vite')
  await vite.build({ configFile: join(root, 'admin/vite.config.ts'), root: join(root, 'admin'), logLevel: 'warn' })
  cpSync(join(root, 'install/pages'), join(dist, 'pages'), { recursive: true })
  if (!existsSync(join(dist, 'admin/index.html'))) throw new Error('the admin did not build into dist/admin')
}

const command = process.argv[2]
if (command === 'manifest') writeManifest()
else if (command === 'all') await buildAll()
else {
  console.error('usage: build.ts manifest | all')
  process.exit(2)
}
