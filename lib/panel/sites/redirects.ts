import * as v from 'valibot'
import { invalidInput } from '../../model/errors.ts'
import type { Change } from '../../model/protocol/change.ts'
import { parseRedirectList } from '../../model/sites/redirect-list.ts'
import { redirectProblem } from '../../model/sites/redirect-rules.ts'
import { redirects, type Redirect } from '../../model/sites/redirects.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import { namesOf } from '../../model/sites/names.ts'
import type { Context } from '../http/context.ts'
import { applySite, planSite } from './change.ts'
import { getSite, getSpec } from './read.ts'
import { refuseOversized } from './spec-room.ts'

/** Input of PUT: the redirects as they are to be, or a list of them as text. */
export const newRedirects = v.strictObject({
  redirects: v.optional(redirects),
  /** A redirect a line: `/old /new 301`; `/old/*` is a prefix, `^/old/(\d+)$` a regular expression. */
  list: v.optional(v.pipe(v.string(), v.maxLength(900_000))),
  /** true: they are added to those that are there, and replace those of the same address. */
  add: v.optional(v.boolean(), false),
})
type NewRedirects = v.InferOutput<typeof newRedirects>

/** Shows what other redirects would change. Throws `invalid_input`. */
export async function planRedirects(ctx: Context, domain: string, input: NewRedirects): Promise<Change[]> {
  const spec = changed(ctx, domain, input)
  refuseOversized(ctx, spec, getSite(ctx, domain).owner)
  return planSite(ctx, spec, 'update')
}

/** Makes a site's redirects so, and answers them. Throws `invalid_input`. */
export async function updateRedirects(
  ctx: Context,
  domain: string,
  input: NewRedirects,
): Promise<{ redirects: Redirect[] }> {
  const spec = changed(ctx, domain, input)
  const { owner } = getSite(ctx, domain)
  refuseOversized(ctx, spec, owner)
  await applySite(ctx, spec, 'update', owner)
  return { redirects: spec.redirects }
}

function changed(ctx: Context, domain: string, { redirects: given = [], list = '', add }: NewRedirects): SiteSpec {
  const spec = getSpec(ctx, domain)
  const wanted = [...given, ...parsed(list)]
  const sources = new Set(wanted.map(sourceOf))
  const kept = add ? spec.redirects.filter((one) => !sources.has(sourceOf(one))) : []
  const next = { ...spec, redirects: validated([...kept, ...wanted], 'redirects') }
  refuseRedirects(next)
  return next
}

const sourceOf = ({ match, from }: Redirect): string => `${match} ${from.toLowerCase()}`

function parsed(list: string): Redirect[] {
  const found = parseRedirectList(list)
  if ('line' in found)
    throw invalidInput(`list.${found.line}`, `Line ${found.line} is not a redirect: write the old path and the new one`)
  return validated(found, 'list')
}

/** Positions in a list are those of its redirects: lines that are empty do not count. */
function validated(input: unknown[], field: string): Redirect[] {
  const { success, output, issues } = v.safeParse(redirects, input, { abortEarly: true })
  if (success) return output
  const [issue] = issues
  const at = [field, ...(issue.path ?? []).map(({ key }) => String(key))].join('.')
  const one = input[Number(issue.path?.[0]?.key)] as { from?: string } | undefined
  throw invalidInput(at, `${one?.from ? `${String(one.from).slice(0, 100)}: ` : ''}${issue.message}`)
}

/** Refuses redirects that are there twice or lead in a circle. */
export function refuseRedirects(spec: SiteSpec): void {
  const problem = redirectProblem(spec.redirects, namesOf(spec))
  if (problem) throw invalidInput(`redirects.${problem.index}.${problem.field}`, problem.message)
}
