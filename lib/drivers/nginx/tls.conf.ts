import { certificateFiles } from '../../model/certificates/files.ts'
import type { Served } from '../../model/certificates/schema.ts'
import { paths } from '../../model/paths.ts'
import type { Facts } from '../facts.ts'

const ciphers = ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305']
  .map((suite) => `ECDHE-ECDSA-${suite}:ECDHE-RSA-${suite}`)
  .join(':')

/** Is passed on to OpenSSL, which nginx can since 1.19. */
const preferChaCha = ({ nginxVersion: [major, minor] }: Facts): string =>
  major > 1 || minor > 18 ? 'ssl_conf_command Options PrioritizeChaCha;\n' : ''

/**
 * Mozilla's intermediate profile (Server Side TLS 5.7) without its DHE suites, which nothing that can use them needs,
 * and with the server choosing among the others; who has no AES in hardware still gets ChaCha20 first.
 * It is included by the default server too: nginx takes the protocols from there, before it knows the name.
 * Sessions are kept in memory: nginx never renews the key of its tickets, and with it all of them could be read.
 */
export const renderTlsSnippet = (facts: Facts): string => `# Written by the hosting panel, which puts changes here back.
ssl_protocols TLSv1.2 TLSv1.3;
ssl_ciphers ${ciphers};
ssl_ecdh_curve X25519:prime256v1:secp384r1;
ssl_prefer_server_ciphers on;
${preferChaCha(facts)}ssl_session_cache shared:hosting-panel:10m;
ssl_session_timeout 1d;
ssl_session_tickets off;
`

/** Before 1.25.1 HTTP/2 belonged to the address; since then it is a directive, and the old way warns. */
const hasHttp2Directive = ({ nginxVersion: [major, minor] }: Facts): boolean => major > 1 || minor > 25

/** The listeners of a server with TLS: HTTP/2 everywhere, HTTP/3 on 443 where nginx has it. */
export function listenTls(port: number, facts: Facts): string {
  const http2 = hasHttp2Directive(facts)
  const addresses = [String(port), ...(facts.ipv6 ? [`[::]:${port}`] : [])]
  const quic = facts.http3 && port === 443
  return [
    ...addresses.map((address) => `    listen ${address} ssl${http2 ? '' : ' http2'};`),
    ...(quic ? addresses.map((address) => `    listen ${address} quic;`) : []),
    ...(http2 ? ['    http2 on;'] : []),
    ...(quic ? [`    add_header Alt-Svc 'h3=":443"; ma=86400';`] : []),
  ].join('\n')
}

/** A server's certificate: the desired version, or the self-signed one when that is missing. */
export function renderCertificate(subject: string, certificate: Served | null, facts: Facts): string {
  const whole = certificate && !facts.brokenCertificates.includes(certificate.id)
  const files = whole
    ? certificateFiles(subject, certificate.id)
    : { certificate: paths.panelCertificate, key: paths.panelKey }
  return `    ssl_certificate ${files.certificate};
    ssl_certificate_key ${files.key};
    include snippets/hosting-panel-tls.conf;`
}
