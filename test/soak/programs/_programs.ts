import { expect } from 'vitest'
import { copied, runInstaller } from '../../machine/deploy.ts'
import type { Api } from '../../machine/http.ts'
import type { Machine } from '../../machine/machine.ts'
import { output, writeFile } from '../../machine/sites/_helpers.ts'
import { visitor, type Visitor } from './_visitor.ts'

/** A program's site, and how it is worked with as its owner and as a visitor do. */
export interface Place {
  machine: Machine
  panel: Api
  domain: string
  /** Runs a script by the panel, as the site's user in the folder of its files; answers what it printed. */
  run: (script: string) => Promise<string>
  /** Puts a file into the folder of the site's files, as an upload by its owner does. */
  put: (path: string, content: string) => Promise<void>
  visitor: () => Visitor
  /** Starts its app. */
  start: () => Promise<void>
}

/** A real program. */
export interface Program {
  domain: string
  /** A page of it that everybody sees. */
  front: string
  /** Settings of its site. */
  settings: Record<string, unknown>
  /** Debian's packages that it comes in. */
  packages: string[]
  install: (place: Place) => Promise<void>
  /** Uses it as people do. */
  use: (place: Place) => Promise<void>
  /** Looks for what its use has left. */
  look: (place: Place) => Promise<void>
}

/** Longest command (s), and longest of all that a test waits for (ms). */
const COMMAND_S = 900
export const TEST_MS = 1_200_000

export function placeOf(machine: Machine, panel: Api, domain: string): Place {
  return {
    machine,
    panel,
    domain,
    run: async (script) => {
      const words = ['sites', 'run', domain, '--timeout', String(COMMAND_S), '--', 'sh', '-ec', script]
      const { code, stdout, stderr } = await machine.sh(['hosting-panel', ...words], { timeout: COMMAND_S })
      expect([script, code, code === 0 ? '' : stdout + stderr]).toEqual([script, 0, ''])
      return stdout
    },
    put: async (path, content) => {
      const { root } = (await panel.get(`/sites/${domain}`)).body as { root: string }
      await writeFile(machine, `${root}/${path}`, content)
      await output(machine, 'chown', '--reference', root, `${root}/${path}`)
      await output(machine, 'chmod', '0640', `${root}/${path}`)
    },
    visitor: () => visitor(machine, domain),
    start: async () => {
      const { status, body } = await panel.post(`/sites/${domain}/app/start`)
      expect(status, JSON.stringify(body)).toBe(202)
      const job = async () => (await panel.get(`/jobs/${body.job}`)).body
      await expect.poll(async () => (await job()).state, { timeout: TEST_MS, interval: 1_000 }).not.toBe('running')
      const { error, state } = await job()
      expect([error, state]).toEqual([null, 'done'])
    },
  }
}

/** Installs Debian's packages; their files are copied into sites, as those of downloaded archives are. */
export async function addPackages(machine: Machine, packages: readonly string[]): Promise<void> {
  const { code, stderr } = await machine.sh(
    [
      'sh',
      '-ec',
      'dpkg -s "$@" > /dev/null 2>&1 && exit; apt-get -qq update; apt-get -qq -y --no-install-recommends install "$@"',
      'sh',
      'dbconfig-no-thanks',
      ...packages,
    ],
    { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeout: COMMAND_S },
  )
  expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
}

/** Removes the panel and installs it again; `between` looks at the machine without it. */
export async function reinstall(machine: Machine, between: () => Promise<void>): Promise<void> {
  const removed = await machine.sh(['bash', `${copied}/install/uninstall.sh`])
  expect([removed.code, removed.code === 0 ? '' : removed.stdout + removed.stderr]).toEqual([0, ''])
  await between()
  const { code, stdout, stderr } = await runInstaller(machine)
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, ''])
}

/** Command that copies a package's folder, with all that its links lead to. */
export const copyOf = (folder: string, ...without: string[]): string =>
  `tar -C ${folder} -ch ${without.map((name) => `--exclude=./${name} `).join('')}. | tar -x`
