import { describe, expect, it } from 'vitest'
import { explain, type Failure } from '../../../../lib/drivers/certbot/explain.ts'
import { around, challenge, domain, failure, server } from './_failure.ts'

describe('what is wrong on the way there', () => {
  const selfSigned =
    `requests.exceptions.SSLError: HTTPSConnectionPool(host='127.0.0.1', port=14000): Max retries exceeded with ` +
    `url: /dir (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate ` +
    `verify failed: self-signed certificate (_ssl.c:992)')))`
  const cases: [string, Partial<Failure>, string, number, string][] = [
    [
      'nobody listens',
      { output: around('An unexpected error occurred:\nValueError: Requesting 127.0.0.1/dir: Connection refused') },
      'authority_unreachable',
      502,
      `${server} does not answer this server`,
    ],
    [
      'no name',
      {
        output: around(
          'An unexpected error occurred:\nrequests.exceptions.ConnectionError: ' +
            "HTTPSConnectionPool(host='acme.test', port=443): Max retries exceeded with url: /directory (Caused " +
            "by NewConnectionError('[Errno -2] Name or service not known'))",
        ),
      },
      'authority_unreachable',
      502,
      'does not answer',
    ],
    [
      'no answer',
      {
        output: around(
          'An unexpected error occurred:\nrequests.exceptions.ReadTimeout: ' +
            "HTTPSConnectionPool(host='acme.test', port=443): Read timed out. (read timeout=45)",
        ),
      },
      'authority_unreachable',
      502,
      'does not answer',
    ],
    [
      'an authority nobody trusts',
      { output: around(`An unexpected error occurred:\n${selfSigned}`), log: selfSigned },
      'authority_untrusted',
      502,
      'acme.caFile',
    ],
    [
      'a clock that is behind',
      {
        output: around(
          'An unexpected error ' +
            `occurred:\n${selfSigned.replace('self-signed certificate', 'certificate is not yet valid')}`,
        ),
      },
      'clock_wrong',
      503,
      'clock says 2026-11-27 10:11 UTC',
    ],
    [
      'a clock that is ahead',
      {
        output: around(
          `An unexpected error occurred:\n${selfSigned.replace('self-signed certificate', 'certificate has expired')}`,
        ),
      },
      'clock_wrong',
      503,
      'timedatectl set-ntp true',
    ],
    [
      'a clock without a battery',
      {
        output: around(
          'SystemTimeWarning: System time is way off (before 2022-01-01). This will probably lead to SSL ' +
            'verification errors',
        ),
        log: selfSigned,
      },
      'clock_wrong',
      503,
      'Correct the clock',
    ],
    [
      'a full disk',
      { output: around('An unexpected error occurred:\nOSError: [Errno 28] No space left on device') },
      'disk_full',
      507,
      'Free some space',
    ],
    ['no certbot', { code: 127 }, 'certbot_missing', 503, 'not installed'],
    ['an end from outside', { code: 137, output: 'Saving debug log to /x' }, 'certbot_ended', 503, 'Try again'],
    [
      'another fault of certbot’s',
      { output: around("An unexpected error occurred:\nKeyError: 'x'") },
      'certbot_failed',
      502,
      "certbot failed (exit code 1): Requesting a certificate for a.test An unexpected error occurred: KeyError: 'x'",
    ],
    [
      'a silent end',
      { code: 2, output: 'Saving debug log to /x\n- - - -\n' },
      'certbot_failed',
      502,
      'certbot failed (exit code 2): it said nothing',
    ],
  ]
  it.each(cases)('%s', (_, more, code, status, words) => {
    expect(explain(failure(more))).toMatchObject({ code, status, message: expect.stringContaining(words) })
  })

  it('what a visitor’s page says is no fault of this server', () => {
    const detail =
      '192.0.2.1: Invalid response from http://a.test/.well-known/acme-challenge/x: "OSError: [Errno 28] No ' +
      'space left on device; certificate has expired"'
    expect(explain(failure({ output: challenge(domain('a.test', 'unauthorized', detail)) }))).toMatchObject({
      code: 'challenge_failed',
    })
  })
})
