import * as v from 'valibot'
import { clockRecord } from '../clock.ts'
import { nothing } from './change.ts'

const serviceState = v.picklist(['running', 'stopped', 'missing'])

/** Operations of the agent about how the server is; lib/model/protocol/agent.ts has the others. */
export const healthOperations = {
  health: {
    isLook: true,
    reads: 'shared',
    input: nothing,
    output: v.strictObject({
      /** `problem` is the end of a sentence that begins with the name; null: none. */
      services: v.array(v.strictObject({ name: v.string(), state: serviceState, problem: v.nullable(v.string()) })),
      /** PHP masters and sockets that failed: a site's by its instance (lib/model/sites/names.ts). */
      failedPhp: v.array(v.string()),
      systemd: v.boolean(),
      /** Change that the agent undid when it last started, in words; null when none. */
      recovered: v.nullable(v.string()),
    }),
  },
  /** Looks at the clock, and mends what follows from one that was set back. */
  'clock.follow': { isLook: true, input: nothing, output: clockRecord },
  /**
   * Asks daemons what they say to their configurations on disk; those that accepted one that is still the same are not
   * asked again. `staleness` is the end of a sentence that begins with the name.
   */
  'configurations.check': {
    isLook: true,
    input: v.strictObject({ accepted: v.array(v.strictObject({ name: v.string(), seen: v.string() })) }),
    output: v.strictObject({
      services: v.array(
        v.strictObject({
          name: v.string(),
          seen: v.string(),
          refusal: v.nullable(v.string()),
          staleness: v.nullable(v.string()),
        }),
      ),
    }),
  },
} as const
