import { commonOf, fieldsOf } from './fields.ts'
import type { Commands } from './help.ts'

export const shells = ['bash', 'zsh'] as const
export type Shell = (typeof shells)[number]

interface Tables {
  /** The words that may follow some words. */
  next: Map<string, string[]>
  /** The options of a command. */
  options: Map<string, string[]>
  /** The values of an option, by `words --option`. */
  values: Map<string, string[]>
}

function toTables({ remote, local }: Commands): Tables {
  const tables: Tables = { next: new Map(), options: new Map(), values: new Map() }
  for (const { words } of [...remote, ...local, ...shells.map((shell) => ({ words: ['completion', shell] }))]) {
    words.forEach((word, index) => {
      const path = words.slice(0, index).join(' ')
      tables.next.set(path, [...new Set([...(tables.next.get(path) ?? []), word])].sort())
    })
  }
  for (const { words, options } of local)
    tables.options.set(words.join(' '), [...options.map(({ option }) => `--${option}`), '--help'])
  for (const { words, operation } of remote) {
    const path = words.join(' ')
    const fields = fieldsOf(operation)
    const names = fields.flatMap(({ option, kind, list }) =>
      kind === 'boolean' && !list ? [`--${option}`, `--no-${option}`] : [`--${option}`],
    )
    tables.options.set(path, [
      ...names,
      ...commonOf(operation).map((name) => (name === 'wait' ? '--no-wait' : `--${name}`)),
    ])
    for (const { option, choices } of fields) if (choices) tables.values.set(`${path} --${option}`, choices)
  }
  return tables
}

/** Everything in the script is in single quotes: a name is never code. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
const rows = (table: Map<string, string[]>, variable: string): string =>
  [...table].map(([key, words]) => `        ${quoted(key)}) ${variable}=${quoted(words.join(' '))} ;;\n`).join('')

/** The completion script of a shell. It holds all it knows, as completing must not ask the panel. */
export function completionOf(commands: Commands, shell: Shell): string {
  const { next, options, values } = toTables(commands)
  const table = `_hosting_panel_words() {
    # $1: the command's words, $2: the option before the cursor, $3: what is being typed
    local found=
    case "$1 $2" in
${rows(values, 'found')}    esac
    if [ -n "$found" ]; then printf '%s\\n' "$found"; return; fi
    case "$2" in --body|--output) return 1 ;; esac
    case "$3" in
    -*) case "$1" in
${rows(options, 'found')}    esac ;;
    *) case "$1" in
${rows(next, 'found')}    esac ;;
    esac
    printf '%s\\n' "$found"
}
_hosting_panel_known() {
    case "$1" in
    ${[...new Set([...next.keys(), ...options.keys()])].filter(Boolean).map(quoted).join('|')}) return 0 ;;
    esac
    return 1
}
`
  return shell === 'bash' ? bash(table) : zsh(table)
}

const bash = (table: string): string => `# bash completion of hosting-panel, made by: hosting-panel completion bash
${table}_hosting_panel() {
    local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} path= word index
    # With = as a word of its own, as bash has it: --option = value
    if [ "$current" = = ]; then current=; elif [ "$before" = = ]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
    for ((index = 1; index < COMP_CWORD; index++)); do
        word=\${COMP_WORDS[index]}
        if _hosting_panel_known "\${path:+$path }$word"; then path="\${path:+$path }$word"; fi
    done
    local words
    if words=$(_hosting_panel_words "$path" "$before" "$current"); then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}
complete -F _hosting_panel hosting-panel
`

const zsh = (table: string): string => `#compdef hosting-panel
# zsh completion of hosting-panel, made by: hosting-panel completion zsh
${table}_hosting_panel() {
    local current=\${words[CURRENT]} before=\${words[CURRENT-1]} line= word found index
    for ((index = 2; index < CURRENT; index++)); do
        word=\${words[index]}
        if _hosting_panel_known "\${line:+$line }$word"; then line="\${line:+$line }$word"; fi
    done
    if [[ $current == --*=* ]]; then
        before=\${current%%=*}
        compset -P '*='
        current=
    fi
    if found=$(_hosting_panel_words "$line" "$before" "$current"); then
        compadd -- \${=found}
    else
        _files
    fi
}
if [ "\${funcstack[1]}" = _hosting_panel ]; then _hosting_panel "$@"; else compdef _hosting_panel hosting-panel; fi
`
