import * as v from 'valibot'

/** Folders of a site that are never served: what its code keeps for itself. */
export const privateFolders: readonly string[] = ['app', 'home', 'logs', 'sessions', 'tmp', 'venv']

const folder = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_-])?$/
const DEEPEST = 10

const isRoot = (text: string): boolean => {
  const names = text.split('/')
  return names.length <= DEEPEST && names.every((name) => folder.test(name)) && !privateFolders.includes(names[0]!)
}

const message =
  'Write a folder of the site such as public or project/public: letters, digits, dots, _ and -, joined by slashes, ' +
  `at most ${DEEPEST} folders deep; ${privateFolders.join(', ')} are private`

/** The folder that nginx serves, below the site's home. */
export const documentRoot = v.pipe(
  v.string(),
  v.maxLength(200),
  v.check((text) => isRoot(text), message),
)
