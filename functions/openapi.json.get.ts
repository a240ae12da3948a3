import { looseObject } from 'valibot'
import { defineFunction } from '../lib/panel/http/define.ts'
import packageJson from '../package.json' with { type: 'json' }

/** Made at the first call, which few servers ever see. */
let document: Promise<Record<string, unknown>> | undefined

async function describeAll(): Promise<Record<string, unknown>> {
  const [{ toOpenApi }, { manifest }] = await Promise.all([
    import('../lib/panel/http/openapi.ts'),
    import('./manifest.ts'),
  ])
  return toOpenApi(manifest, packageJson.version)
}

export default defineFunction({
  summary: 'Describe every function (OpenAPI 3.1)',
  access: 'public',
  returns: looseObject({}),
  run: () => (document ??= describeAll()),
})
