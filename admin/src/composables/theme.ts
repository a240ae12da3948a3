import { ref, watchEffect } from 'vue'

type Theme = 'auto' | 'light' | 'dark'
const KEY = 'theme'
const system = window.matchMedia('(prefers-color-scheme: dark)')
const systemDark = ref(system.matches)
system.addEventListener('change', ({ matches }) => (systemDark.value = matches))

const stored = localStorage.getItem(KEY)
export const theme = ref<Theme>(stored === 'light' || stored === 'dark' ? stored : 'auto')

watchEffect(() => {
  const dark = theme.value === 'auto' ? systemDark.value : theme.value === 'dark'
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
  localStorage.setItem(KEY, theme.value)
})

/** From one to the next: as the system has it, light, dark. */
export function nextTheme(): void {
  theme.value = theme.value === 'auto' ? 'light' : theme.value === 'light' ? 'dark' : 'auto'
}
