import { startSockets, stopUnits } from '../../drivers/systemd/index.ts'
import type { Delta } from '../resources/resource.ts'
import type { Service } from './service.ts'

const namesOf = (deltas: readonly Delta[]): string[] => deltas.map(({ name }) => name)

/** Sockets that systemd holds for PHP, started and stopped in one call however many sites a change has. */
export const phpSockets: Service = {
  name: 'PHP sockets',
  owns: ({ kind }) => kind === 'unit',
  load: (deltas) => startSockets(namesOf(deltas)),
  stop: (deltas) => stopUnits(namesOf(deltas)),
}
