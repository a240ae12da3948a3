import * as v from 'valibot'

const urlPath = v.pipe(
  v.string(),
  v.maxLength(200),
  v.regex(
    /^(?:\/(?!\.{1,2}(?:\/|$)|\.hosting-panel|\.well-known)[A-Za-z0-9_.~-]+)+\/?$/,
    'Write a path such as /static, of letters, digits, dots, dashes and _',
  ),
  v.transform((text) => text.replace(/\/$/, '')),
)

const folder = v.pipe(
  v.string(),
  v.maxLength(200),
  v.regex(
    /^(?!-)(?!\.git(?:\/|$))(?:(?!\.{1,2}(?:\/|$))[A-Za-z0-9_@.-]+(?:\/(?=.)|\/?$))+$/,
    'Write a folder in the app’s folder, such as staticfiles or .next/static',
  ),
  v.transform((text) => text.replace(/\/$/, '')),
)

/** Files of an app that nginx sends itself: what is below a path comes from a folder in the app's. */
export const appStatic = v.pipe(
  v.array(v.strictObject({ path: urlPath, directory: folder })),
  v.maxLength(20),
  v.check((list) => new Set(list.map(({ path }) => path)).size === list.length, 'Each path may be there once'),
)
export type AppStatic = v.InferOutput<typeof appStatic>

/** The folders on the way to a folder in the app's, which have to be passed, without itself. */
export const waysTo = (directory: string): string[] => {
  const parts = directory.split('/')
  return parts.map((_, index) => parts.slice(0, index).join('/') || '.')
}

/** Whether a path is one of these folders, or is in one. */
export const isWithin = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => `${path}/`.startsWith(`${folder}/`))
