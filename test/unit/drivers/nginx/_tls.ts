import type { Facts } from '../../../../lib/drivers/facts.ts'
import { facts } from '../../_facts.ts'

/** Id of a certificate. */
export const id = '0123456789abcdef0123456789abcdef'
export const broken: Facts = { ...facts, brokenCertificates: [id] }
export const four: Facts = { ...facts, ipv6: false }

export const selfSigned = `    ssl_certificate /etc/hosting-panel/tls/panel.crt;
    ssl_certificate_key /etc/hosting-panel/tls/panel.key;
    include snippets/hosting-panel-tls.conf;`
export const own = `    ssl_certificate /etc/hosting-panel/certificates/example.test/${id}/fullchain.pem;
    ssl_certificate_key /etc/hosting-panel/certificates/example.test/${id}/privkey.pem;
    include snippets/hosting-panel-tls.conf;`
