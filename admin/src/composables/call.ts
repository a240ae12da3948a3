import { ref } from 'vue'
import { ApiError } from '../api/client.ts'

/** Runs calls one at a time; keeps whether one runs and what was refused. */
export function useCall() {
  const busy = ref(false)
  const error = ref<ApiError | null>(null)
  async function run<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (busy.value) return undefined
    busy.value = true
    error.value = null
    try {
      return await work()
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem
      error.value = problem
      return undefined
    } finally {
      busy.value = false
    }
  }
  /** Message of one field. */
  const issue = (path: string) =>
    error.value?.issues.find((entry) => entry.path === path || entry.path.startsWith(`${path}.`))?.message
  return { busy, error, run, issue }
}
