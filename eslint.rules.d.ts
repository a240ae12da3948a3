import type { ESLint } from 'eslint'

export const layers: Record<string, readonly string[]>
export const house: ESLint.Plugin
