import { expect } from 'vitest'
import type { Machine } from '../../machine/machine.ts'
import { output } from '../../machine/sites/_helpers.ts'

/** Where Node's versions for apps are. */
export const HOME = '/opt/hosting-panel/node'

/** Everything there, hidden files too. */
export const namesOf = async (machine: Machine): Promise<string[]> =>
  (await output(machine, 'ls', '-A', HOME)).split('\n').filter(Boolean)

/** Nothing but whole versions: a link and its directory for each. */
export async function expectVersions(machine: Machine, ...versions: string[]): Promise<void> {
  const found = await namesOf(machine)
  expect(found.filter((name) => !name.startsWith('.'))).toEqual(versions)
  expect(
    found
      .filter((name) => name.startsWith('.'))
      .map((name) => /^\.(\d+)\.\d+\.\d+\+/.exec(name)?.[1])
      .sort(),
  ).toEqual(versions)
  for (const version of versions)
    expect(await output(machine, `${HOME}/${version}/bin/node`, '--version')).toMatch(
      new RegExp(`^v${version}\\.\\d+\\.\\d+$`),
    )
}
