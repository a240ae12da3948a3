import { paths } from '../../model/paths.ts'
import type { Argv } from '../../system/run.ts'

/** A command as a site's user, in the app's folder, with the app's environment and no way to more rights. */
export const asSite = (user: string, environment: string, directory: string, command: readonly string[]): Argv => [
  'setpriv',
  `--reuid=${user}`,
  `--regid=${user}`,
  '--clear-groups',
  '--no-new-privs',
  '--',
  '/usr/bin/env',
  '-i',
  paths.runApp,
  environment,
  directory,
  ...command,
]

/** The same in a group of its own, which ends as a whole and takes no more than it may. */
export const inScope = (unit: string, slice: string, memoryMb: number, command: Argv): Argv => [
  'systemd-run',
  '--scope',
  `--slice=${slice}`,
  '--quiet',
  '--collect',
  `--unit=${unit}`,
  '--property=TasksMax=512',
  `--property=MemoryMax=${memoryMb}M`,
  '--property=CPUWeight=50',
  '--property=IOWeight=50',
  '--',
  ...command,
]

export const endScope = (unit: string): Argv => ['systemctl', 'kill', '--signal=SIGKILL', '--', `${unit}.scope`]

/** Waits until a scope is gone. */
export const stopScope = (unit: string): Argv => ['systemctl', 'stop', '--', `${unit}.scope`]

/** A file's first bytes. */
export const head = (file: string, bytes: number): string[] => ['head', '-c', String(bytes), '--', file]

export const exists = (path: string): string[] => ['test', '-e', path]

export const listNames = (): string[] => ['ls', '-1A']

export const remove = (files: readonly string[]): string[] => ['rm', '-rf', '--', ...files]
