import type { operations, Operations } from '../model/protocol/agent.ts'
import type { Implementations } from '../model/protocol/define.ts'
import { packageQueue, runExclusive } from './converge/queues.ts'
import { addExtension, dropExtension, readExtensions } from './php/extensions.ts'
import { addPhp, dropPhp, listPhp, sleepPhp } from './php/php.ts'

/** Implements the operations about PHP. */
export const phpOperations: Pick<Implementations<typeof operations>, Extract<keyof Operations, `php.${string}`>> = {
  'php.sleep': async ({ domains }) => ({ stopped: await runExclusive(() => sleepPhp(domains)) }),
  'php.list': ({ available }) => listPhp(available),
  'php.install': ({ version }, onProgress) => packageQueue(() => addPhp(version, onProgress)),
  'php.remove': ({ version }, onProgress) => packageQueue(() => dropPhp(version, onProgress)),
  'php.extensions': ({ version }) => readExtensions(version),
  'php.installExtension': (input, onProgress) => packageQueue(() => addExtension(input, onProgress)),
  'php.removeExtension': (input, onProgress) => packageQueue(() => dropExtension(input, onProgress)),
}
