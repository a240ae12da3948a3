import { paths } from '../../model/paths.ts'
import type { LaunchSpec } from '../../model/protocol/launch-spec.ts'

/** How long an app may take to end after SIGTERM before it is killed (ms). */
export const STOP_TIMEOUT_MS = 8_000

/** An app that ends this often, each time within `minUptime` ms of its start, is given up. */
export const givenUp = { restarts: 8, minUptime: 15_000 } as const

/** The first pause before a restart (ms); PM2 makes each half as long again, up to 15 s. */
const RESTART_DELAY_MS = 200

/** Keeps its files from growing: a write that is refused fails, and ends no program by a signal. */
export const noGrowth = ['--ignore-signal=XFSZ', '/usr/bin/prlimit', '--fsize=0'] as const

/**
 * An app as PM2's daemon is told of it (its `pm2_env`). PM2 gives a process its own environment along, and a
 * channel to itself: `env -i` and run-app take both away before anything of the site runs.
 */
export const processOf = (
  { domain, user, directory, environment, command, full }: LaunchSpec,
  uid: number,
  gid: number,
) => ({
  name: domain,
  namespace: 'apps',
  pm_exec_path: '/usr/bin/env',
  args: ['-i', ...(full ? noGrowth : []), paths.runApp, environment, directory, ...command],
  exec_interpreter: 'none',
  exec_mode: 'fork_mode',
  pm_cwd: '/',
  uid,
  gid,
  username: user,
  env: {},
  pm_out_log_path: '/dev/null',
  pm_err_log_path: '/dev/null',
  pm_pid_path: `${paths.pm2}/pids/${user}.pid`,
  disable_logs: true,
  merge_logs: true,
  autostart: true,
  autorestart: true,
  watch: false,
  vizion: false,
  pmx: false,
  treekill: false,
  kill_timeout: STOP_TIMEOUT_MS,
  min_uptime: givenUp.minUptime,
  max_restarts: givenUp.restarts,
  exp_backoff_restart_delay: RESTART_DELAY_MS,
})
