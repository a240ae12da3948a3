import { it } from 'vitest'

/**
 * A run of all tests has twenty minutes; the soak (test/soak.sh) takes its time, and runs each file that imports this
 * module as a whole.
 */
const inSoak = Boolean(process.env.HOSTING_PANEL_SOAK)

/** Every case in a soak, and the first few of them in a run of all tests. */
export const casesOf = <Case>(all: readonly Case[], few: number): readonly Case[] => (inSoak ? all : all.slice(0, few))

/** Defines a test of the soak alone. */
export const itInSoak = (name: string, test: () => Promise<void>, timeout?: number): void => {
  if (inSoak) it(name, test, timeout)
}
