import { readdirSync } from 'node:fs'

export const methods = ['get', 'post', 'put', 'patch', 'delete'] as const
export type Method = (typeof methods)[number]

export interface Route {
  method: Method
  /** `/api/sites/{site}`. */
  path: string
}

const file = new RegExp(`^(.+)\\.(${methods.join('|')})\\.ts$`)

/**
 * The whole routing rule: `sites/[site]/index.get.ts` is GET /api/sites/{site}, `health.get.ts` is
 * GET /api/health. Null for helpers (`_name.ts`) and anything else.
 */
export function toRoute(path: string): Route | null {
  const match = file.exec(path)
  const segments = match?.[1]!.split('/')
  if (!segments || segments.some((segment) => segment.startsWith('_'))) return null
  if (segments.at(-1) === 'index') segments.pop()
  const route = segments.map((segment) => segment.replace(/^\[(\w+)\]$/, '{$1}')).join('/')
  return { method: match![2] as Method, path: `/api/${route}` }
}

/** Every function file below a directory with its route, in the order of their paths. */
export function scan(directory: string): { file: string; route: Route }[] {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .sort()
  return files.flatMap((name) => {
    const route = toRoute(name)
    return route ? [{ file: name, route }] : []
  })
}

/** The text of functions/manifest.ts. */
export function renderManifest(entries: readonly { file: string; route: Route }[]): string {
  const imports = entries.map(({ file: name }, index) => `import f${index} from './${name}'`)
  const rows = entries.map(({ route }, index) => `  '${route.method.toUpperCase()} ${route.path}': f${index},`)
  return (
    `// Generated from functions/ by install/build.ts.\n${imports.join('\n')}\n\nexport const manifest = ` +
    `{\n${rows.join('\n')}\n} as const\n`
  )
}
