import { startSockets, stopUnits } from '../../drivers/systemd/index.ts'
import { paths } from '../../model/paths.ts'
import { inspect } from '../../system/files.ts'
import type { Kind, UnitState } from './resource.ts'

const socketPath = (unit: string): string => `${paths.phpSockets}/${/@(.+)\.socket$/.exec(unit)![1]}.sock`

/**
 * A site's PHP socket: systemd holds it, and starts the site's PHP-FPM master at the first request.
 * The master itself ends after the change is complete (converge releases it), when its requests have.
 * The socket's file tells whether it is there (RemoveOnStop=yes), which costs no call to systemd.
 */
export const unit: Kind<UnitState> = {
  things: ['a socket'],
  path: socketPath,
  async read(name) {
    return (await inspect(socketPath(name))) ? {} : null
  },
  async set(name, _before, after) {
    await (after ? startSockets([name]) : stopUnits([name]))
  },
  same: () => true,
  summary: (_before, after) => (after ? 'listen' : 'stop; requests in flight end first'),
}
