import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// A function that was just added is tested without a build.
execFileSync(process.execPath, [join(import.meta.dirname, 'install/build.ts'), 'manifest'])

/** A machine may be ten times slower than another: these are ends, and nobody waits for them where things go well. */
/** The same for what runs in a process of its own. */
const patient = { testTimeout: 90_000, expect: { poll: { timeout: 30_000 } } }
const slow = {
  testTimeout: 300_000,
  expect: { poll: { timeout: 60_000 } },
  hookTimeout: 1_800_000,
  globalSetup: ['test/machine/global-setup.ts'],
  setupFiles: ['test/machine/leave-nothing.ts'],
  fileParallelism: false,
  maxWorkers: 1,
}

/** Tests that mostly wait, for bans and confirmations to end or for an authority; and those with machines of their own. */
const walls = ['test/machine/bans/**/*.test.ts', 'test/machine/firewall.test.ts']
const certificates = ['test/machine/certificates/**/*.test.ts']
/** Tests of MariaDB and Redis. */
const data = ['test/machine/databases/**/*.test.ts', 'test/machine/cache/**/*.test.ts']
/** Leaves hundreds of sites, so it is the last on its machine. */
const crowd = ['test/machine/sites/load.test.ts']
const install = ['test/machine/install.test.ts', 'test/machine/plain-container.test.ts']

export default defineConfig({
  test: {
    // Whole values in messages: a summary shows nothing else of a failure.
    chaiConfig: { truncateThreshold: 1_000 },
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], maxWorkers: 2, ...patient } },
      {
        test: {
          name: 'functions',
          maxWorkers: 2,
          include: ['test/functions/**/*.test.ts'],
          env: { HOSTING_PANEL_AUTH_LOG: '/dev/null' },
          ...patient,
        },
      },
      {
        test: {
          name: 'machine',
          include: ['test/machine/**/*.test.ts'],
          exclude: [...walls, ...certificates, ...data, ...crowd, ...install],
          ...slow,
        },
      },
      { test: { name: 'walls', include: walls, ...slow } },
      { test: { name: 'certificates', include: certificates, ...slow } },
      { test: { name: 'databases', include: data, ...slow } },
      { test: { name: 'crowd', include: crowd, ...slow, sequence: { groupOrder: 1 } } },
      { test: { name: 'install', include: install, ...slow } },
      { test: { name: 'attacks', include: ['test/attacks/**/*.test.ts'], ...slow } },
      // By itself, through test/soak.sh.
      { test: { name: 'soak', include: ['test/soak/**/*.test.ts'], ...slow } },
      { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], ...slow } },
    ],
  },
})
