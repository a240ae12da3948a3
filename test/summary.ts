import { readFile, readdir } from 'node:fs/promises'
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
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[]
  }[]
}

/** So many lines of the machines' journals are shown. */
const MOST = 120

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

/**
 * Add up the reports vitest wrote into a directory: what failed, so that it is at the end of a long log, and the one
 * line that says what ran.
 */
const directory = process.argv[2]!
const sum = { passed: 0, failed: 0, skipped: 0 }
const failed: string[] = []
for (const name of (await readdir(directory)).filter((each) => each.endsWith('.json'))) {
  const report = JSON.parse(await readFile(join(directory, name), 'utf8')) as Report
  sum.passed += report.numPassedTests
  sum.failed += report.numFailedTests
  sum.skipped += report.numPendingTests + report.numTodoTests
  failed.push(...failures(report))
}
const journals = await readFile(join(directory, 'journals.txt'), 'utf8').catch(() => '')
if (journals)
  process.stdout.write(`\nwhat the machine logged then:\n${journals.split('\n').slice(0, MOST).join('\n')}\n`)
if (failed.length > 0) process.stdout.write(`\nwhat failed:\n${failed.join('\n')}\n`)
process.stdout.write(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`)
process.exitCode = failed.length > 0 || sum.failed > 0 || sum.passed === 0 ? 1 : 0
