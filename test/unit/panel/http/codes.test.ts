import { object, strictObject, string } from 'valibot'
import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../../../lib/model/error-codes.ts'
import { defineFunction, type AnyFunction, type Thrown } from '../../../../lib/panel/http/define.ts'
import { toOpenApi } from '../../../../lib/panel/http/openapi.ts'

type Responses = Record<string, { 'x-codes'?: string[] }>

function responsesOf(definition: AnyFunction): Responses {
  const document = toOpenApi({ 'POST /api/things/{site}': definition }, '0')
  const [methods] = Object.values(document.paths as Record<string, Record<string, { responses: Responses }>>)
  return Object.values(methods!)[0]!.responses
}

const usual = { summary: 'Do a thing', run: () => undefined }

describe('OpenAPI lists, by status,', () => {
  it('what follows from access and input', () => {
    expect(responsesOf(defineFunction({ ...usual, access: 'public' }))[401]).toEqual(
      expect.objectContaining({ 'x-codes': ['token_invalid'] }),
    )
    const whole = defineFunction({
      ...usual,
      access: 'user',
      scope: 'sites:write',
      audit: 'thing',
      params: strictObject({ site: string() }),
      body: object({}),
    })
    expect(responsesOf(whole)).toMatchObject({
      400: { 'x-codes': ['bad_request', 'invalid_json'] },
      401: { 'x-codes': ['not_signed_in', 'token_invalid'] },
      403: { 'x-codes': ['foreign_origin', 'not_allowed', 'not_proven', 'session_needed'] },
      404: { 'x-codes': ['site_not_found'] },
      413: { 'x-codes': ['body_too_large'] },
      415: { 'x-codes': ['unsupported_media_type'] },
    })
  })

  it('its own codes, and those of the agent, which may also be away', () => {
    const responses = responsesOf(defineFunction({ ...usual, throws: ['hsts_on', 'caches.flush'] }))
    expect(responses[409]!['x-codes']).toEqual(['cancelled', 'hsts_on'])
    expect(responses[503]!['x-codes']).toEqual(
      expect.arrayContaining(['agent_lost', 'agent_silent', 'agent_unreachable', 'redis_down', 'too_late']),
    )
    expect(responsesOf(defineFunction(usual))[503]).toBeUndefined()
  })

  it('a code of several statuses at each', () => {
    const responses = responsesOf(defineFunction({ ...usual, throws: ['limit_reached'] }))
    expect([403, 409].map((status) => responses[status]!['x-codes']!.includes('limit_reached'))).toEqual([true, true])
  })

  it('what a job may end with apart, as its call was answered by then', () => {
    const work = defineFunction({ ...usual, audit: 'work', job: 'Work', throws: ['site_busy'], fails: ['app_failed'] })
    const responses = responsesOf(work)
    expect(responses[409]!['x-codes']).toEqual(['site_busy'])
    expect(responses[422]!['x-codes']).toEqual(['invalid_input'])
    expect(responses[202]!['x-codes']).toEqual(['app_failed', 'disk_full', 'internal_error', 'too_many_at_once'])
  })
})

it('a code that is not in the catalogue is refused by its type', () => {
  // @ts-expect-error -- nobody answers it
  const odd: Thrown = 'no_luck'
  expect(Object.keys(errorCodes)).not.toContain(odd)
})
