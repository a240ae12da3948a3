import { existsSync } from 'node:fs'
import { isIP } from 'node:net'
import type { Facts } from '../drivers/facts.ts'
import { installedVersion } from '../drivers/nginx/index.ts'
import { installedVersions } from '../drivers/php-fpm/index.ts'
import { hasSystemd } from '../drivers/systemd/index.ts'
import { PanelError } from '../errors.ts'
import { paths } from '../paths.ts'
import { readText } from '../system/files.ts'

let nginxVersion: [number, number] | undefined

/** Reads what the renderers need to know of this machine. */
export async function readFacts(wantedResolvers: readonly string[] = []): Promise<Facts> {
  return {
    systemd: hasSystemd(),
    ipv6: existsSync('/proc/net/if_inet6'),
    nginxVersion: (nginxVersion ??= await installedVersion()),
    phpVersions: await installedVersions(),
    resolvers: wantedResolvers.length > 0 ? wantedResolvers : await machineResolvers(),
    proxySecret: await proxySecret(),
  }
}

async function machineResolvers(): Promise<string[]> {
  const text = (await readText('/etc/resolv.conf')) ?? (await readText('/run/systemd/resolve/stub-resolv.conf')) ?? ''
  const found = [...text.matchAll(/^nameserver\s+(\S+)/gm)].map(([, address]) => address!).filter((address) => isIP(address))
  return found.length > 0 ? found : ['127.0.0.1']
}

async function proxySecret(): Promise<string> {
  const secret = ((await readText(paths.proxySecret)) ?? '').trim()
  if (/^[0-9a-f]{64}$/.test(secret)) return secret
  throw new PanelError('proxy_secret_missing', 500, `${paths.proxySecret} is missing or damaged; run the installer again`)
}
