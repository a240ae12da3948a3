import * as v from 'valibot'

/** A .htaccess of a site, which nginx does not read, with the paths that Apache would not serve by it. */
const file = v.strictObject({
  /** Its folder, as visitors name it. */
  path: v.string(),
  denied: v.array(v.string()),
  /** Whether it asks for a password. */
  password: v.boolean(),
  /** Whether it has rewrite rules or redirects. */
  rewrites: v.boolean(),
})
export type Htaccess = v.InferOutput<typeof file>

export const htaccess = v.strictObject({ files: v.array(file), complete: v.boolean() })

const everything = /^(?:Require\s+all\s+denied|Deny\s+from\s+all)\b/i

/** Reads a .htaccess. `folder` is its own, as `/` or `/data`. Pure. */
export function readHtaccess(folder: string, text: string): Htaccess {
  const base = folder === '/' ? '' : folder
  const denied = new Set<string>()
  let about: string | null = ''
  for (const line of text.split('\n').map((one) => one.trim())) {
    const opened = /^<(Files|FilesMatch)\s+"?([^">]*)"?\s*>/i.exec(line)
    if (opened) about = opened[1]!.toLowerCase() === 'files' ? `/${opened[2]}` : `/${plainNames(opened[2]!)}`
    else if (/^<\/Files/i.test(line)) about = ''
    else if (everything.test(line)) denied.add(`${base}${about}` || '/')
    const forbidden = /^RewriteRule\s+\^?(\S+)\s+-\s+\[[^\]]*\bF\b/i.exec(line)
    if (forbidden) denied.add(`${base}/${forbidden[1]}`)
  }
  return {
    path: folder,
    denied: [...denied].map((path) => path.slice(0, 200)),
    password: /^\s*AuthType\s/im.test(text),
    rewrites: /^\s*(?:RewriteRule|Redirect\w*)\s/im.test(text),
  }
}

/** A pattern of names as people read it: `\.(log|sql)$` is `*.(log|sql)`. */
const plainNames = (pattern: string): string =>
  `${pattern.startsWith('^') ? '' : '*'}${pattern.replace(/^\^/, '').replace(/\$$/, '').replaceAll('\\', '')}`
