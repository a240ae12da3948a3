import { ref } from 'vue'

/** Message about the last action, shown for a while. */
export const toast = ref('')
let timer: ReturnType<typeof setTimeout> | undefined

/** Shows a message for five seconds. */
export function showToast(text: string): void {
  toast.value = text
  clearTimeout(timer)
  timer = setTimeout(() => (toast.value = ''), 5000)
}
