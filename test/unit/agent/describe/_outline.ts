import type { Resource } from '../../../../lib/agent/resources/resource.ts'

/** `kind name state`, with `-` for what should not be there, and contents left to the renderers' own tests. */
export const outline = (resources: Resource[]): string[] =>
  resources.map(({ kind, name, state }) => {
    if (state === null) return `- ${kind} ${name}`
    if (kind === 'directory' || kind === 'file' || kind === 'log') {
      const { owner, group, mode } = state as { owner: string; group: string; mode: number }
      return `${kind} ${name} ${owner}:${group} ${mode.toString(8)}`
    }
    return `${kind} ${name} ${Object.values(state).join(' ')}`.trim()
  })
