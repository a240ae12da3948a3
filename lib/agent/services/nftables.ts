import { filterFiles, loadFilter } from '../../drivers/nftables/index.ts'
import type { Service } from './service.ts'

const load: Service['finish'] = (deltas) => loadFilter(deltas.map(({ name }) => name))

/** The kernel's filter. Its rules name users, so it loads once these are all there, and those that go are gone. */
export const nftables: Service = {
  name: 'The filter of ports',
  owns: ({ name }) => filterFiles(name),
  finish: load,
  restore: load,
}
