import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Seconds that each file took when it was last measured, from the checkout's root. */
const measured = JSON.parse(readFileSync(join(import.meta.dirname, 'durations.json'), 'utf8')) as Record<string, number>

/** Seconds a file of nobody's measure is taken for. */
const UNKNOWN = 60

const secondsOf = ({ moduleId }: TestSpecification): number => measured[relative('.', moduleId)] ?? UNKNOWN

/** Starts the files that take longest first, so that machines beside each other end at the same time. */
export class LongestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(files.toSorted((a, b) => secondsOf(b) - secondsOf(a)))
  }
}
