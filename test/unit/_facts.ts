import type { Facts, ServerFacts } from '../../lib/drivers/facts.ts'

/** A Debian 12 with PHP 7.4 and 8.2. */
export const facts: Facts = {
  systemd: true,
  ipv6: true,
  nginxVersion: [1, 22],
  http3: false,
  brokenCertificates: [],
  phpVersions: ['7.4', '8.2'],
  adminer: true,
  redis: { version: [7, 0], administrator: 'b'.repeat(64) },
  setAside: [],
  passwordFiles: [],
  hosts: new Map([['intern.test', ['10.0.0.5']]]),
  resolvers: ['192.0.2.53', '2001:db8::53'],
  trustedProxies: [],
  memoryMb: 4096,
  mariadb: true,
  proxySecret: 'a'.repeat(64),
}

export const serverFacts: ServerFacts = {
  ...facts,
  machineName: 'machine.test',
  sshPorts: [22],
  nginxMain: 'user www-data;\nevents {\n\tworker_connections 768;\n}\n',
  nginxDirectives: new Set(),
  mimeExtensions: new Set(['json', 'woff', 'woff2', 'webm', 'webp', 'xsl']),
}
