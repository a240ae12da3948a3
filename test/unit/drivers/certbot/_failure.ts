import type { Failure } from '../../../../lib/drivers/certbot/explain.ts'

export const server = 'https://acme.test/directory'
export const failure = (more: Partial<Failure>): Failure => ({
  code: 1,
  output: '',
  log: '',
  server,
  now: new Date('2026-11-27T10:11:12Z'),
  ...more,
})

/** Lines that certbot 2.1.0 prints around everything. */
export const around = (text: string) => `Saving debug log to /run/hosting-panel/certbot/0a/log/letsencrypt.log
Requesting a certificate for a.test
${text}
Ask for help or search for solutions at https://community.letsencrypt.org. \
See the logfile /run/hosting-panel/certbot/0a/log/letsencrypt.log or re-run Certbot with -v for more details.`

export const domain = (name: string, type: string, detail: string) =>
  `  Domain: ${name}\n  Type:   ${type}\n  Detail: ${detail}\n`
export const challenge = (...failed: string[]) =>
  around(`
Certbot failed to authenticate some domains (authenticator: webroot). The Certificate Authority reported these problems:
${failed.join('\n')}
Hint: The Certificate Authority failed to download the temporary challenge files created by Certbot. \
Ensure that the listed domains serve their content from the provided --webroot-path/-w and that files created there \
can be downloaded from the internet.

Some challenges have failed.`)
