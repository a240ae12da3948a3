import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
}

/** Add up the reports vitest wrote into a directory and print the one line that says what ran. */
const directory = process.argv[2]!
const sum = { passed: 0, failed: 0, skipped: 0 }
for (const name of (await readdir(directory)).filter((each) => each.endsWith('.json'))) {
  const report = JSON.parse(await readFile(join(directory, name), 'utf8')) as Report
  sum.passed += report.numPassedTests
  sum.failed += report.numFailedTests
  sum.skipped += report.numPendingTests + report.numTodoTests
}
process.stdout.write(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`)
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0
