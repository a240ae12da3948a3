import { looseObject } from 'valibot'
import { defineFunction } from '../lib/function/define.ts'
import packageJson from '../package.json' with { type: 'json' }

/** Made at the first call, which few servers ever see. */
let document: Promise<Record<string, unknown>> | undefined

async function describeAll(): Promise<Record<string, unknown>> {
  const [{ toOpenApi }, { manifest }] = await Promise.all([import('../lib/function/openapi.ts'), import('../lib/function/manifest.ts')])
  return toOpenApi(manifest, packageJson.version)
}

export default defineFunction({
  summary: 'Describe every function (OpenAPI 3.1)',
  access: 'public',
  returns: looseObject({}),
  run: () => (document ??= describeAll()),
})
