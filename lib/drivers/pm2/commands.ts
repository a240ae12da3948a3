import { waysTo } from '../../model/apps/static.ts'
import { paths } from '../../model/paths.ts'
import { WEB_USER } from '../../model/sites/names.ts'
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

/**
 * The same in a group of its own, which ends as a whole and takes no more than it may. Its name tells nothing of the
 * command: everybody may read the journal.
 */
export const inScope = (unit: string, slice: string, memoryMb: number, command: Argv): Argv => [
  'systemd-run',
  '--scope',
  `--slice=${slice}`,
  '--quiet',
  '--collect',
  '--description=Work on the app of a site',
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

/** A script's first lines, which name its interpreter. */
export const firstLines = (file: string): string[] => ['head', '-n', '2', '--', file]

/** Has the scripts of a Python environment that was moved start its Python where that is now. */
export const adoptVenv = (venv: string): string[] => [
  'find',
  `${venv}/bin`,
  '-maxdepth',
  '1',
  '-type',
  'f',
  '-exec',
  'sed',
  '-i',
  `1,2s|${paths.websites}/[a-z0-9.-]*/venv/bin/|${venv}/bin/|`,
  '{}',
  '+',
]

export const exists = (path: string): string[] => ['test', '-e', path]

export const listNames = (directory = '.'): string[] => ['ls', '-1A', '--', directory]

/** Makes folders as the site's user. */
export const make = (directories: readonly string[]): string[] => ['mkdir', '-p', '--', ...directories]

export const remove = (files: readonly string[]): string[] => ['rm', '-rf', '--', ...files]

/** Keeps nginx's user from what is in a folder on the way to static files, whatever its modes allow to everybody. */
export const shut = (names: readonly string[]): string[] => ['setfacl', '-P', '-m', `u:${WEB_USER}:---`, '--', ...names]

/** Leaves a folder its mode alone, which lets nobody but its owner in. */
export const withoutAcl = (name: string): string[] => ['setfacl', '-P', '-b', '--', name]

/**
 * Commands that let nginx's user read folders in an app's folder, with all that is in them or comes later, and pass
 * those on the way, in which nothing that comes later is readable either. Run there, as the site's user.
 */
export const shareFolders = (
  directories: readonly string[],
  ways: readonly string[] = [...new Set(directories.flatMap(waysTo))],
): string[][] => [
  ...(ways.length > 0 ? [['setfacl', '-P', '-m', `u:${WEB_USER}:x,d:u:${WEB_USER}:---`, '--', ...ways]] : []),
  ...(directories.length > 0
    ? [['setfacl', '-P', '-R', '-m', `u:${WEB_USER}:rX,d:u:${WEB_USER}:rX`, '--', ...directories]]
    : []),
]

/** Commands that revoke it, and close the folders' modes, which may let everybody read. */
export const unshareFolders = (directories: readonly string[]): string[][] =>
  directories.flatMap((directory) => [
    ['setfacl', '-P', '-R', '-x', `u:${WEB_USER},d:u:${WEB_USER}`, '--', directory],
    shut([directory]),
  ])
