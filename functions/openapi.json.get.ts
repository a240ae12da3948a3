import { looseObject } from 'valibot'
import { defineFunction } from '../lib/function/define.ts'

export default defineFunction({
  summary: 'Describe every function (OpenAPI 3.1)',
  access: 'public',
  returns: looseObject({}),
  run: async (): Promise<Record<string, unknown>> => {
    const [{ toOpenApi }, { manifest }] = await Promise.all([import('../lib/function/openapi.ts'), import('../lib/function/manifest.ts')])
    return toOpenApi(manifest, '0.1.0')
  },
})
