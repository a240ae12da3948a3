import * as v from 'valibot'
import { domain } from '../domain.ts'
import { phpExtension } from '../sites/php-extension.ts'
import { phpVersion } from '../sites/schema.ts'
import * as errors from './throws.ts'

const phpInventory = v.strictObject({
  versions: v.array(v.strictObject({ version: phpVersion, installed: v.boolean(), available: v.boolean() })),
})
const phpExtensions = v.strictObject({
  extensions: v.array(v.strictObject({ name: v.string(), summary: v.string(), installed: v.boolean() })),
})
const namedExtension = v.strictObject({ version: phpVersion, extension: phpExtension })

/** Operations of the agent about PHP; lib/model/protocol/agent.ts has the others. */
export const phpOperations = {
  /** Stops idle PHP masters; their sockets stay and start them again. Takes domains. */
  'php.sleep': {
    input: v.strictObject({ domains: v.array(domain) }),
    output: v.strictObject({ stopped: v.array(domain) }),
    throws: ['command_failed'],
  },
  /** Asking what could be installed takes the package manager a moment, so it is only done when wanted. */
  'php.list': {
    reads: 'kept',
    input: v.strictObject({ available: v.boolean() }),
    output: phpInventory,
    throws: ['command_failed'],
  },
  'php.install': {
    input: v.strictObject({ version: phpVersion }),
    output: phpInventory,
    throws: [...errors.phpChange, 'php_version_unavailable'],
  },
  'php.remove': {
    input: v.strictObject({ version: phpVersion }),
    output: phpInventory,
    throws: [...errors.phpChange, 'php_version_in_use'],
  },
  /** Extensions by their packages; a change has the running masters of the version start anew. */
  'php.extensions': {
    reads: 'kept',
    input: v.strictObject({ version: phpVersion }),
    output: phpExtensions,
    throws: ['command_failed', 'php_version_missing'],
  },
  'php.installExtension': {
    input: namedExtension,
    output: phpExtensions,
    throws: ['command_failed', 'package_unavailable', 'php_version_missing'],
  },
  'php.removeExtension': {
    input: namedExtension,
    output: phpExtensions,
    throws: ['command_failed', 'package_needed', 'php_version_missing'],
  },
} as const
