import { setTimeout as sleep } from 'node:timers/promises'
import { ask, textOf, type Panel } from './client.ts'
import { Ending, exits, unreachable } from './errors.ts'
import { readEvents } from './events.ts'
import { drawProgress, printOutput, type Progress } from './progress.ts'
import { refusal } from './refusal.ts'
import { tame, tameLines, type Terminal } from './terminal.ts'

/** How often a panel that went away is asked again, a second apart: a restart takes a few. */
const TRIES = 30

interface Job {
  state: string
  result: unknown
  error: { code: string; message: string } | null
}

/**
 * Follows a job to its end with its progress drawn; answers the job as the panel tells it. `live`: what it prints is
 * printed as it comes, and an interrupt cancels it. Throws when it failed.
 */
export async function follow(
  panel: Panel,
  terminal: Terminal,
  id: string,
  live = false,
): Promise<{ job: Job; raw: string }> {
  const interrupted = () => {
    if (live) return void cancel(panel, id)
    terminal.stderr.write(`\nThe job goes on. Follow it again: hosting-panel jobs events ${tame(id)}\n`)
    process.exit(exits.interrupted)
  }
  process.once('SIGINT', interrupted)
  try {
    await drawToEnd(panel, live ? printOutput(terminal) : drawProgress(terminal), id)
    const raw = await read(panel, `/api/jobs/${encodeURIComponent(id)}`)
    const job = JSON.parse(raw) as Job
    if (job.state !== 'done')
      throw new Ending(
        exits.refused,
        tameLines(`${job.error?.code ?? job.state}: ${job.error?.message ?? 'The job failed'}`),
        raw,
      )
    return { job, raw }
  } finally {
    process.off('SIGINT', interrupted)
  }
}

/** Every event is kept, so that whoever comes back names the last one and misses nothing. */
async function drawToEnd(panel: Panel, progress: Progress, id: string): Promise<void> {
  let last = ''
  for (let tries = 0; tries < TRIES; tries++) {
    if (tries > 0) await sleep(1000)
    try {
      const stream = await ask(panel, {
        method: 'GET',
        path: `/api/jobs/${encodeURIComponent(id)}/events`,
        headers: last ? { 'last-event-id': last } : {},
      })
      if (stream.statusCode !== 200) throw refusal(stream.statusCode!, await textOf(stream))
      for await (const event of readEvents(stream)) {
        tries = 0
        last = event.id
        if (tell(progress, event)) return
      }
      if (
        tries > 0 &&
        (JSON.parse(await read(panel, `/api/jobs/${encodeURIComponent(id)}`)) as Job).state !== 'running'
      )
        return
    } catch (error) {
      if (error instanceof Ending && error.exit !== exits.unreachable) throw error
    }
  }
  throw unreachable(
    `The panel went away and did not come back within ${TRIES} seconds. Look at: journalctl -u hosting-panel; ` +
      `then: hosting-panel jobs show ${tame(id)}`,
  )
}

/** Draws one event; answers whether it was the last. */
function tell(progress: Progress, { event, data }: { event: string; data: string }): boolean {
  const told = JSON.parse(data) as { name?: string; percent?: number; line?: string; state?: string }
  if (event === 'step') progress.step(told.name ?? '')
  else if (event === 'progress') progress.percent(told.percent ?? 0)
  else if (event === 'output') progress.output(told.line ?? '')
  else if (event === 'end') progress.end(told.state === 'done')
  return event === 'end'
}

/** Followers wait for its end. */
async function cancel(panel: Panel, id: string): Promise<void> {
  const answer = await ask(panel, { method: 'DELETE', path: `/api/jobs/${encodeURIComponent(id)}` })
  answer.resume()
}

async function read(panel: Panel, path: string): Promise<string> {
  const message = await ask(panel, { method: 'GET', path })
  const text = await textOf(message)
  if (message.statusCode !== 200) throw refusal(message.statusCode!, text)
  return text
}
