import { existsSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname, totalmem } from 'node:os'
import { isWhole } from '../../drivers/certificates/index.ts'
import type { Facts, ServerFacts } from '../../drivers/facts.ts'
import * as mariadb from '../../drivers/mariadb/index.ts'
import { refusedSites } from '../../drivers/nginx/additions.ts'
import { installed } from '../../drivers/nginx/index.ts'
import { extensionsOf } from '../../drivers/nginx/types.conf.ts'
import { installedVersions } from '../../drivers/php-fpm/index.ts'
import { readRedisFacts } from '../../drivers/redis/index.ts'
import { sshPorts } from '../../drivers/sshd/index.ts'
import { hasSystemd } from '../../drivers/systemd/index.ts'
import { canonicalDomain } from '../../model/domain.ts'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import type { ServerSpec } from '../../model/protocol/desired.ts'
import { readHosts } from '../../proc/hosts.ts'
import { listDirectory, readText } from '../../system/files.ts'

let nginx: Awaited<ReturnType<typeof installed>> | undefined

interface Certificate {
  subject: string
  id: string
}

/** The ids of those that are missing or damaged: nginx must not be given them. */
async function broken(certificates: readonly Certificate[]): Promise<string[]> {
  const ids: string[] = []
  for (const { subject, id } of certificates) if (!(await isWhole(subject, id))) ids.push(id)
  return ids
}

/** Reads what the renderers need to know of this machine. */
export async function readFacts(
  { resolvers: wanted = [], trustedProxies = [] }: Partial<Pick<ServerSpec, 'resolvers' | 'trustedProxies'>> = {},
  certificates: readonly Certificate[] = [],
): Promise<Facts> {
  nginx ??= await installed()
  return {
    systemd: hasSystemd(),
    ipv6: existsSync('/proc/net/if_inet6'),
    nginxVersion: nginx.version,
    http3: nginx.http3,
    brokenCertificates: await broken(certificates),
    phpVersions: await installedVersions(),
    adminer: existsSync(paths.adminer),
    redis: await readRedisFacts(),
    setAside: [...(await refusedSites()).keys()],
    passwordFiles: await listDirectory(paths.nginxPasswords),
    hosts: readHosts(),
    resolvers: wanted.length > 0 ? wanted : await someResolvers(),
    trustedProxies,
    memoryMb: Math.round(totalmem() / 1024 / 1024),
    mariadb: mariadb.isInstalled(),
    proxySecret: await proxySecret(),
  }
}

/** Reads the facts that only the description of the whole server needs. */
export async function readServerFacts(...about: Parameters<typeof readFacts>): Promise<ServerFacts> {
  const [facts, ssh, settings] = await Promise.all([readFacts(...about), sshPorts(), nginxSettings()])
  return { ...facts, machineName: canonicalDomain(hostname()), sshPorts: ssh, ...settings }
}

/** nginx takes no empty list; the panel's alert says that none is named (lib/panel/proxies/follow.ts). */
async function someResolvers(): Promise<string[]> {
  const found = await machineResolvers()
  return found.length > 0 ? found : ['127.0.0.1']
}

/** The DNS servers that the machine names. */
export async function machineResolvers(): Promise<string[]> {
  const text = (await readText('/etc/resolv.conf')) ?? (await readText('/run/systemd/resolve/stub-resolv.conf')) ?? ''
  return [...text.matchAll(/^nameserver\s+(\S+)/gm)].map(([, address]) => address!).filter((address) => isIP(address))
}

/** Reads the directives that are set outside the panel's files for all of nginx: it refuses one that is set twice. */
async function nginxSettings(): Promise<Pick<ServerFacts, 'nginxMain' | 'nginxDirectives' | 'mimeExtensions'>> {
  const nginxMain = await readText(`${paths.nginx}/nginx.conf`)
  const others = (await listDirectory(`${paths.nginx}/conf.d`)).filter(
    (name) => name.endsWith('.conf') && !name.startsWith('hosting-panel'),
  )
  const texts = await Promise.all(others.map((name) => readText(`${paths.nginx}/conf.d/${name}`)))
  const found = [nginxMain, ...texts].flatMap((text) =>
    [...(text ?? '').matchAll(/^[ \t]*([a-z_]+)[ \t]/gm)].map(([, name]) => name!),
  )
  const mimeExtensions = extensionsOf((await readText(`${paths.nginx}/mime.types`)) ?? '')
  return { nginxMain, nginxDirectives: new Set(found), mimeExtensions }
}

async function proxySecret(): Promise<string> {
  const secret = ((await readText(paths.proxySecret)) ?? '').trim()
  if (/^[0-9a-f]{64}$/.test(secret)) return secret
  throw new PanelError(
    'proxy_secret_missing',
    500,
    `${paths.proxySecret} is missing or damaged; run the installer again`,
  )
}
