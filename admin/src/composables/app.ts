import { onScopeDispose, ref } from 'vue'
import { api, type App } from '../api/client.ts'
import { useCall } from './call.ts'

/** How often a page that is looked at asks (ms). */
const POLL_MS = 2_500

/** An app as it is now, asked again while the page is in sight. */
export function useApp(domain: string) {
  const { error, run } = useCall()
  const app = ref<App>()
  const load = () => run(async () => (app.value = await api('GET /api/sites/{site}/app', { params: { site: domain } })))
  const timer = setInterval(() => !document.hidden && void load(), POLL_MS)
  onScopeDispose(() => clearInterval(timer))
  void load()
  return { app, error, load }
}

/** Meaning of each state, and what to do next. */
export const meanings: Record<App['state'], string> = {
  running: 'It answers its visitors.',
  asleep: 'It had no request for a while, so it sleeps and takes no memory. The next request wakes it.',
  starting: 'It is starting; its log shows its progress.',
  stopping: 'It is stopping, and has a few seconds to finish its work.',
  stopped: 'It is stopped until it is started here. Visitors see a page that says so.',
  errored:
    'It failed, so it does not run. A request starts it again, at most once a minute. Correct the cause, then press ' +
    'Start.',
}

export const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`

/** `3 d 4 h`, `12 min`, `40 s`. */
export function duration(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [Math.floor(seconds) % 60, 's'],
  ] as const
  const first = parts.findIndex(([value]) => value > 0)
  return first < 0
    ? '0 s'
    : parts
        .slice(first, first + 2)
        .filter(([value]) => value > 0)
        .map(([value, unit]) => `${value} ${unit}`)
        .join(' ')
}
