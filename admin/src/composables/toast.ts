import { ref } from 'vue'

/** Message about the last action, shown for a while. */
export const toast = ref('')
let timer: ReturnType<typeof setTimeout> | undefined

export function tell(text: string): void {
  toast.value = text
  clearTimeout(timer)
  timer = setTimeout(() => (toast.value = ''), 5000)
}
