import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: {
    name: string
    status: string
    message: string
    /** Milliseconds since 1970. */
    startTime: number
    endTime: number
    assertionResults: { fullName: string; status: string; duration?: number; failureMessages: string[] }[]
  }[]
}

/** So many lines of the machines' journals are shown. */
const MOST = 120
/** So many of the slowest tests. */
const SLOWEST = 20

/**
 * Lists the failures of one report, each with its file and the first line of why: tests, and files that failed outside
 * of any test.
 */
function failures(report: Report): string[] {
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const told = (what: string, why = '') =>
      `  ${relative('.', name)}${what}\n      ${stripVTControlCharacters(why).split('\n')[0]!.slice(0, 600)}`
    const tests = assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => told(` > ${test.fullName}`, test.failureMessages[0]))
    return message !== '' || (status === 'failed' && tests.length === 0) ? [told('', message), ...tests] : tests
  })
}

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1).padStart(8)

/** Lists the tests that took longest. */
function slowest(reports: readonly Report[]): string[] {
  return reports
    .flatMap(({ testResults }) => testResults)
    .flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ fullName, duration = 0 }) => ({
        what: `${relative('.', name)} > ${fullName}`,
        duration,
      })),
    )
    .toSorted((a, b) => b.duration - a.duration)
    .slice(0, SLOWEST)
    .map(({ what, duration }) => `${seconds(duration)} s  ${what}`)
}

/** Adds up how long the files of each folder took, the longest first. */
function byFolder(reports: readonly Report[]): string[] {
  const folders = Map.groupBy(
    reports.flatMap(({ testResults }) => testResults),
    ({ name }) => relative('.', name).split('/').slice(0, -1).join('/'),
  )
  return [...folders]
    .map(([folder, files]) => ({ folder, took: files.reduce((sum, each) => sum + each.endTime - each.startTime, 0) }))
    .toSorted((a, b) => b.took - a.took)
    .map(({ folder, took }) => `${seconds(took)} s  ${folder}`)
}

/** Says which share of the whole each stage had. */
async function shares(): Promise<string[]> {
  const text = await readFile(join(directory, 'stages.txt'), 'utf8').catch(() => '')
  const stages = text
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t') as [string, string])
  const whole = stages.reduce((sum, [took]) => sum + Number(took), 0)
  return stages.map(([took, name]) => `${took.padStart(8)} s  ${Math.round((100 * Number(took)) / whole)} %  ${name}`)
}

/** Writes how long each file took, in seconds, for the order of the next runs (test/longest-first.ts). */
async function keepDurations(reports: readonly Report[], file: string): Promise<void> {
  const took = reports
    .flatMap(({ testResults }) => testResults)
    .map(({ name, startTime, endTime }) => [relative('.', name), Math.round((endTime - startTime) / 1000)] as const)
    .filter(([, duration]) => duration > 0)
  await writeFile(file, `${JSON.stringify(Object.fromEntries(took.toSorted()), null, 2)}\n`)
}

/**
 * Add up the reports vitest wrote into a directory: what took long, what failed, so that it is at the end of a long
 * log, and the one line that says what ran. With HOSTING_PANEL_DURATIONS=FILE it writes how long each file took.
 */
const directory = process.argv[2]!
const sum = { passed: 0, failed: 0, skipped: 0 }
const failed: string[] = []
const reports: Report[] = []
for (const name of (await readdir(directory)).filter((each) => each.endsWith('.json'))) {
  const report = JSON.parse(await readFile(join(directory, name), 'utf8')) as Report
  reports.push(report)
  sum.passed += report.numPassedTests
  sum.failed += report.numFailedTests
  sum.skipped += report.numPendingTests + report.numTodoTests
  failed.push(...failures(report))
}
process.stdout.write(`\nthe slowest tests:\n${slowest(reports).join('\n')}\n`)
process.stdout.write(`\nby folder:\n${byFolder(reports).join('\n')}\n\nby stage:\n${(await shares()).join('\n')}\n`)
if (process.env.HOSTING_PANEL_DURATIONS) await keepDurations(reports, process.env.HOSTING_PANEL_DURATIONS)
const journals = await readFile(join(directory, 'journals.txt'), 'utf8').catch(() => '')
if (journals)
  process.stdout.write(`\nwhat the machine logged then:\n${journals.split('\n').slice(0, MOST).join('\n')}\n`)
if (failed.length > 0) process.stdout.write(`\nwhat failed:\n${failed.join('\n')}\n`)
process.stdout.write(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`)
process.exitCode = failed.length > 0 || sum.failed > 0 || sum.passed === 0 ? 1 : 0
