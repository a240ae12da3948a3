import type { Hosts } from '../proc/hosts.ts'
import type { PhpVersion } from '../model/sites/schema.ts'

export interface RedisFacts {
  /** e.g. [7, 0]. */
  version: readonly [number, number]
  administrator: string
}

/** Facts of this machine that the renderers need. Read once by the agent, so that they stay pure. */
export interface Facts {
  systemd: boolean
  /** False where the kernel has no IPv6: nginx would not start with `listen [::]`. */
  ipv6: boolean
  /** e.g. [1, 22]. */
  nginxVersion: readonly [number, number]
  /** Whether nginx was built with HTTP/3. */
  http3: boolean
  /** The ids of certificates that are missing or damaged: the self-signed one is served instead. */
  brokenCertificates: readonly string[]
  /** Installed PHP versions with FPM, oldest first. */
  phpVersions: readonly PhpVersion[]
  /** Whether the package adminer is installed. */
  adminer: boolean
  /** Its version, and SHA-256 of its administrator's password; null: it is not installed. */
  redis: RedisFacts | null
  /** Sites whose own directives nginx refuses. */
  setAside: readonly string[]
  /** Names of the files with users of sites' protected paths. */
  passwordFiles: readonly string[]
  /** Names of /etc/hosts, with their addresses. */
  hosts: Hosts
  /** Addresses of the machine's DNS servers. */
  resolvers: readonly string[]
  /** Proxies that the server trusts for all sites: names of providers, addresses and networks. */
  trustedProxies: readonly string[]
  /** The machine's memory in MiB. */
  memoryMb: number
  /** Whether MariaDB is installed. */
  mariadb: boolean
  /** 64 hex characters that prove to the panel that nginx is asking. */
  proxySecret: string
}

/** Facts that only the description of the whole server needs; reading them takes longer. */
export interface ServerFacts extends Facts {
  /** The machine's own name, where it is a domain. */
  machineName: string | null
  /** The ports people reach this server's shell on. */
  sshPorts: readonly number[]
  /** The text of nginx.conf; null where there is none. */
  nginxMain: string | null
  /** Directives for all of nginx that are set outside the panel's files: in nginx.conf, and in conf.d. */
  nginxDirectives: ReadonlySet<string>
  /** File extensions that nginx's own list of types knows. */
  mimeExtensions: ReadonlySet<string>
}
