import type { AppFiles } from './detect.ts'

/** Folders that the usual tools build, and start from. */
const builtBy: Readonly<Record<string, string>> = { next: '.next', nuxt: '.output', vite: 'dist', astro: 'dist' }
const folder = /^(?:dist|build|out|\.output)$/

/** A word of a command that names a file of the app: its first part is in the app's folder. */
const path = /^(?:\.\/)?(?!\.+\/)(?<top>[\w@.-]+)\/./
const script = /^(?:\.\/)?(?<top>[\w@.-]+\.[cm]?js)$/

/**
 * A likely reason why a Node app does not start: package.json has a build script, and what the start needs of it is
 * missing. null: none. Pure; `names` are those in the app's folder once it was installed and built.
 */
export function unbuilt(
  command: readonly string[],
  { names, texts }: Pick<AppFiles, 'names' | 'texts'>,
  buildCommand: string | null,
): string | null {
  const { build, start } = scriptsOf(texts['package.json'])
  const words = [...command, ...(command[0] === 'npm' && typeof start === 'string' ? start.split(/[\s;&|]+/) : [])]
  if (typeof build !== 'string' || words.includes('run')) return null
  const missing = words.map(neededFor).find((name) => name !== null && !names.includes(name))
  if (!missing) return null
  return buildCommand === null
    ? `package.json has a build script that was never run, and ${missing}, which it makes, is missing. Set the app’s ` +
        'build command to: npm run build'
    : `${missing} is missing, although the build command was run. Let the build make it, or change the start command`
}

/** The name in the app's folder that a word of its command needs; null: none. */
function neededFor(word: string): string | null {
  if (word.startsWith('-') || word.startsWith('node_modules/')) return null
  return builtBy[word] ?? folder.exec(word)?.[0] ?? (path.exec(word) ?? script.exec(word))?.groups!.top ?? null
}

function scriptsOf(text: string | undefined): Record<string, unknown> {
  try {
    const scripts = (JSON.parse(text ?? '{}') as { scripts?: unknown } | null)?.scripts
    return typeof scripts === 'object' && scripts !== null ? (scripts as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
