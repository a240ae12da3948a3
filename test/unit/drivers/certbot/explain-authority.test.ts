import { describe, expect, it } from 'vitest'
import { explain, refusalOf, retryAfter } from '../../../../lib/drivers/certbot/explain.ts'
import { around, challenge, domain, failure } from './_failure.ts'

/** An authority's error, of which certbot prints nothing that helps: its own exception breaks while it is shown. */
const silent = around("An unexpected error occurred:\nAttributeError: can't set attribute")
const logged = (kind: string, words: string) => `2026-11-27 10:11:12,131:DEBUG:acme.client:Received response:
HTTP 400
{
  "type": "urn:ietf:params:acme:error:${kind}",
  "detail": "${words}",
  "status": 400
}
2026-11-27 10:11:12,140:DEBUG:certbot._internal.log:Exiting abnormally:
Traceback (most recent call last):
  File "/usr/lib/python3/dist-packages/acme/client.py", line 646, in _check_response
    raise messages.Error.from_json(jobj)
acme.messages.Error: urn:ietf:params:acme:error:${kind} :: The words of the kind :: ${words}

During handling of the above exception, another exception occurred:
AttributeError: can't set attribute
`

describe('what an authority refuses', () => {
  it.each([
    [
      'unauthorized',
      '192.0.2.1: Invalid response from http://a.test/.well-known/acme-challenge/x: 404',
      'challenge_failed',
      'The authority did not find the proof it asked for',
    ],
    [
      'connection',
      '192.0.2.1: Fetching http://a.test/.well-known/acme-challenge/x: Timeout during connect (likely firewall ' +
        'problem)',
      'challenge_failed',
      'The authority could not connect to this server',
    ],
    ['dns', 'DNS problem: NXDOMAIN looking up A for a.test', 'dns_failed', 'The authority could not look the name up'],
    [
      'caa',
      'CAA record for a.test prevents issuance',
      'caa_forbids',
      'A CAA record of the domain forbids this authority; add one that allows it',
    ],
    [
      'incorrectResponse',
      'The key authorization file from the server did not match',
      'authority_refuses',
      'The authority refuses',
    ],
  ])('of a challenge: %s', (type, detail, code, words) => {
    expect(explain(failure({ output: challenge(domain('a.test', type, detail)) }))).toMatchObject({
      code,
      status: 422,
      message: `${words} (a.test). acme.test says: ${detail}`,
      details: { names: ['a.test'] },
    })
  })

  it('of several names, the first is told, and all are named', () => {
    const output = challenge(domain('b.test', 'dns', 'no such name'), domain('c.test', 'connection', 'refused'))
    expect(explain(failure({ output }))).toMatchObject({
      code: 'dns_failed',
      message: 'The authority could not look the name up (b.test). acme.test says: no such name',
      details: { names: ['b.test', 'c.test'] },
    })
  })

  it('over its limit, until when', () => {
    const words =
      'too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, retry ' +
      'after 2026-11-28 10:11:12 UTC: see https://letsencrypt.org/docs/rate-limits/'
    const log =
      'acme.messages.Error: urn:ietf:params:acme:error:rateLimited :: There were too many requests of a given ' +
      `type :: ${words}\n`
    expect(explain(failure({ output: silent, log }))).toMatchObject({
      code: 'rate_limited',
      status: 429,
      details: { retryAfter: '2026-11-28T10:11:12Z' },
      message:
        'The authority’s limit is reached. It can be asked again after 2026-11-28 10:11 UTC. acme.test says: ' +
        `${words}`,
    })
    expect(explain(failure({ output: silent, log: logged('rateLimited', 'slow down') }))).toMatchObject({
      code: 'rate_limited',
      details: undefined,
    })
  })

  it.each([
    ['rejectedIdentifier', 'The authority gives no certificate for such a name'],
    ['badCSR', 'The authority refuses the request'],
    ['serverInternal', 'The authority has a fault of its own; try again later'],
    ['externalAccountRequired', 'The authority wants an account made on its web page first'],
    ['invalidContact', 'The authority refuses the e-mail address in the settings'],
    ['badNonce', 'The authority has a fault of its own (it refused its own nonces); try again later'],
    ['somethingNew', 'The authority refuses'],
  ])('in its log alone: %s', (kind, words) => {
    expect(explain(failure({ output: silent, log: logged(kind, 'its own words') }))).toMatchObject({
      code: 'authority_refuses',
      status: 422,
      message: `${words}. acme.test says: its own words`,
    })
    expect(refusalOf(failure({ output: silent, log: logged(kind, 'its own words') }))).toBe(kind)
  })

  it('as JSON alone, where there was no traceback', () => {
    const log =
      '{\n  "type": "urn:ietf:params:acme:error:accountDoesNotExist",\n  "detail": "No account \\"x\\" ' +
      'exists",\n  "status": 400\n}'
    expect(refusalOf(failure({ output: silent, log }))).toBe('accountDoesNotExist')
    expect(refusalOf(failure({ output: silent }))).toBeNull()
  })

  it.each([
    ['retry after 2026-11-28 10:11:12 UTC: see', '2026-11-28T10:11:12Z'],
    ['retry after 2026-11-28T10:11:12Z', '2026-11-28T10:11:12Z'],
    ['retry after a while', null],
  ])('%j is to be asked again %j', (detail, at) => expect(retryAfter(detail)).toBe(at))
})
