import { defineConfig } from 'vitest/config'

const slow = { testTimeout: 120_000, hookTimeout: 900_000, globalSetup: ['test/machine/global-setup.ts'], fileParallelism: false, maxWorkers: 1 }

/** They wait for real bans and confirmations to end, so that others can work meanwhile, on another machine. */
const walls = ['test/machine/bans/**/*.test.ts', 'test/machine/firewall.test.ts']

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { test: { name: 'functions', include: ['test/functions/**/*.test.ts'], testTimeout: 30_000, env: { HOSTING_PANEL_AUTH_LOG: '/dev/null' } } },
      { test: { name: 'machine', include: ['test/machine/**/*.test.ts'], exclude: walls, ...slow } },
      { test: { name: 'walls', include: walls, ...slow } },
      { test: { name: 'attacks', include: ['test/attacks/**/*.test.ts'], ...slow } },
      { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], ...slow } },
    ],
  },
})
