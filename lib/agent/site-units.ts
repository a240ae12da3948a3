import { hasSystemd, release, reloadManager } from '../drivers/systemd/index.ts'
import { sliceOf } from '../model/sites/names.ts'
import type { Delta } from './resource.ts'

/** In which slice a site's PHP-FPM master runs. */
const serviceSettings = /^\/etc\/systemd\/system\/hosting-panel-php(?:-shared)?@(.+)\.service\.d(?:\/slice\.conf)?$/
export const isServiceSetting = ({ name }: Delta): boolean => serviceSettings.test(name)

const instanceOf = (socket: string): string => /@(.+)\.socket$/.exec(socket)?.[1] ?? ''

/** Reloads the settings of masters that systemd knew before, and answers these. New masters have read theirs. */
export async function reloadSettings(deltas: readonly Delta[]): Promise<string[]> {
  const fresh =
    new Set(deltas.filter(({ kind, before }) => kind === 'unit' && before === null).map(({ name }) => instanceOf(name)))
  const changed = deltas.filter(({ kind, after }) => kind === 'file' && after !== null)
    .flatMap(({ name }) => serviceSettings.exec(name)?.[1] ?? [])
  const known = changed.filter((instance) => !fresh.has(instance))
  if (known.length > 0) await reloadManager()
  return known
}

/** Ends the slices of removed sites, with all processes there. */
export async function endSlices(deltas: readonly Delta[]): Promise<void> {
  const gone = deltas.filter(({ kind, before, after }) => kind === 'account' && before !== null && after === null)
  if (hasSystemd()) await release(gone.map(({ name }) => sliceOf(name)))
}
