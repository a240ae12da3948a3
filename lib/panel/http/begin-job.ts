import type { HTTPResponse } from 'h3'
import { toPanelError, type PanelError } from '../../model/errors.ts'
import { never } from '../../model/protocol/caller.ts'
import { siteOf } from '../auth/ownership.ts'
import type { AtOnce } from './at-once.ts'
import type { AnyCall, AnyFunction } from './define.ts'
import { receive } from './receive.ts'
import { toResponse } from './respond.ts'
import { removeUpload, type Upload } from './upload.ts'

/** Begins long work: answers 202 and its address, or the ended job to who waits with `Prefer: wait=N`. */
export async function beginJob(
  definition: AnyFunction,
  call: AnyCall,
  operation: string,
  record: (refusal: PanelError) => void,
  jobs: AtOnce,
): Promise<HTTPResponse> {
  const { ctx, event, identity } = call
  await definition.precheck?.(call)
  const upload = await receive(definition, call)
  const { getJob } = await import('../jobs/read.ts')
  const params = call.params as Record<string, string>
  const beginning = {
    name: definition.job!,
    actor: identity?.username ?? operation,
    site: siteOf(ctx, params),
    ...aboutWhat(operation, params),
    ...(definition.target && { subject: definition.target(call) }),
  }
  const id = await started(upload, () =>
    ctx.jobs.start(beginning, async (job) => {
      try {
        const work = async () => (await definition.run({ ...call, upload, job })) as unknown
        return await (identity ? jobs.run(identity, never, work) : work())
      } catch (error) {
        const refusal = toPanelError(error)
        record(refusal)
        throw refusal
      } finally {
        await removeUpload(upload)
      }
    }),
  )
  event.res.headers.set('location', `/api/jobs/${id}`)
  const wait = Number(/\bwait=(\d{1,3})\b/.exec(event.req.headers.get('prefer') ?? '')?.[1] ?? 0)
  if (wait > 0) await ctx.jobs.settled(id, Math.min(wait, 300))
  const job = getJob(ctx, id)
  return job.state === 'running' ? toResponse({ job: id }, 202) : toResponse(job, 200)
}

/** The address that was called, as it is written whoever wrote it how, and what its parameters name. */
function aboutWhat(operation: string, params: Record<string, string>): { path: string; subject: string } {
  const template = operation.slice(operation.indexOf(' /api') + ' /api'.length)
  return {
    path: template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name]!)),
    subject: [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => params[name!]!).join(' '),
  }
}

/** An upload whose job cannot even be noted would lie there until the next start, on a disk that may be full. */
async function started(upload: Upload, start: () => string): Promise<string> {
  try {
    return start()
  } catch (error) {
    await removeUpload(upload)
    throw error
  }
}
