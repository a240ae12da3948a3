import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'

// A function that was just added is tested without a build.
execFileSync(process.execPath, [join(import.meta.dirname, 'install/build.ts'), 'manifest'])

/** A machine may be ten times slower than another: these are ends, and nobody waits for them where things go well. */
const timeouts = { testTimeout: 90_000, hookTimeout: 90_000, expect: { poll: { timeout: 30_000 } } }

/** Machines beside each other; each file runs on one of them. */
const lanes = Number(process.env.HOSTING_PANEL_LANES ?? 1)
const slow = {
  testTimeout: 300_000,
  expect: { poll: { timeout: 60_000 } },
  hookTimeout: 1_800_000,
  globalSetup: ['test/machine/global-setup.ts'],
  setupFiles: ['test/machine/leave-nothing.ts'],
  maxWorkers: lanes,
}

/** Has a machine of its own, which has nothing of the panel. */
const install = ['test/machine/install.test.ts']

export default defineConfig({
  test: {
    // Whole values in messages: a summary shows nothing else of a failure.
    chaiConfig: { truncateThreshold: 1_000 },
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], maxWorkers: 2, ...timeouts } },
      {
        test: {
          name: 'functions',
          maxWorkers: 2,
          // Each test has a panel of its own, so files may share what they import.
          isolate: false,
          unstubEnvs: true,
          include: ['test/functions/**/*.test.ts'],
          env: { HOSTING_PANEL_AUTH_LOG: '/dev/null' },
          ...timeouts,
        },
      },
      { test: { name: 'machine', include: ['test/machine/**/*.test.ts'], exclude: install, ...slow } },
      { test: { name: 'install', include: install, ...slow } },
      { test: { name: 'attacks', include: ['test/attacks/**/*.test.ts'], ...slow } },
      { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], ...slow } },
      // By itself, through test/soak.sh.
      { test: { name: 'soak', include: ['test/soak/**/*.test.ts'], ...slow } },
    ],
  },
})
