import { computed, onScopeDispose, ref } from 'vue'
import { api, type Job } from '../api/client.ts'
import { showToast } from './toast.ts'

/** Follows a job live. The browser reconnects by itself and goes on where it was. */
export function useJob(id: string) {
  const job = ref<Job | null>(null)
  const output = ref<string[]>([])
  const refresh = () =>
    void api('GET /api/jobs/{job}', { params: { job: id } }).then(
      (read) => (job.value = read),
      (problem: Error) => showToast(problem.message),
    )
  const events = new EventSource(`/api/jobs/${encodeURIComponent(id)}/events`)
  events.addEventListener('step', refresh)
  events.addEventListener('progress', (event) => {
    if (job.value) job.value.percent = (JSON.parse(event.data as string) as { percent: number }).percent
  })
  events.addEventListener('output', (event) => {
    output.value = [...output.value, (JSON.parse(event.data as string) as { line: string }).line].slice(-500)
  })
  events.addEventListener('end', () => {
    events.close()
    refresh()
  })
  refresh()
  onScopeDispose(() => events.close())
  return { job, output }
}

/** Action of a job, and its target. */
export const jobTitle = ({ name, subject }: Pick<Job, 'name' | 'subject'>): string =>
  subject ? `${name}: ${subject}` : name

/**
 * The job that a page shows: the one it begins, or one that is at work at this address or below it when the page opens.
 */
export function useJobUnder(address: string) {
  const id = ref<string>()
  const ended = ref<Job>()
  const isRunning = computed(() => id.value !== undefined && ended.value?.id !== id.value)
  // Who may not see jobs has none to be shown.
  void api('GET /api/jobs', { query: { state: 'running', under: address } }).then(
    ({ jobs }) => (id.value ??= jobs[0]?.id),
    () => {},
  )
  return { id, ended, isRunning }
}
