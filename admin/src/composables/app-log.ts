import { computed, onScopeDispose, ref } from 'vue'

/** A line of what an app printed. */
export interface LogLine {
  number: number
  time: string
  stream: string
  text: string
}

const MOST = 1000

/** An app's log as it grows. While it is paused nothing moves, and what comes is counted. */
export function useAppLog(domain: string) {
  const lines = ref<LogLine[]>([])
  const waiting = ref<LogLine[]>([])
  const paused = ref(false)
  const words = ref('')
  const errorsOnly = ref(false)
  let number = 0
  const events = new EventSource(`/api/sites/${encodeURIComponent(domain)}/app/log?lines=100`)
  // A connection that was lost begins again with the last lines.
  events.addEventListener('open', () => (lines.value = waiting.value = []))
  events.addEventListener('line', ({ data }) => {
    const [, at = '', stream = '', text = ''] = /^(\S+) (\S+) ?([^]*)$/.exec(data as string) ?? []
    const target = paused.value ? waiting : lines
    target.value = [...target.value, { number: number++, time: new Date(at).toLocaleTimeString(), stream, text }].slice(
      -MOST,
    )
  })
  onScopeDispose(() => events.close())
  const shown = computed(() =>
    lines.value.filter(
      ({ text, stream }) =>
        (!errorsOnly.value || stream !== 'out') && text.toLowerCase().includes(words.value.toLowerCase()),
    ),
  )
  const togglePause = () => {
    paused.value = !paused.value
    if (paused.value) return
    lines.value = [...lines.value, ...waiting.value].slice(-MOST)
    waiting.value = []
  }
  return { lines, shown, waiting, paused, words, errorsOnly, togglePause }
}
