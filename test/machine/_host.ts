import { existsSync } from 'node:fs'
import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { must, run } from './_exec.ts'

/** The checkout under test. */
export const checkout = join(import.meta.dirname, '../..')

/** Where roots and machines live: outside the checkout, so that a fresh clone finds them built. */
export const cache = process.env.HOSTING_PANEL_TEST_CACHE ?? '/var/cache/hosting-panel-test'

/** The bundle of certificates that this host trusts, and the machine has to trust as well. */
export const certificates = '/etc/ssl/certs/ca-certificates.crt'

/** One-line apt sources for a Debian suite at the mirror this host uses; empty when it uses none of Debian's. */
export async function aptSources(suite: string): Promise<string> {
  const { stdout } = await run(['apt-get', 'indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'])
  const uris = [...new Set(stdout.split('\n').map((line) => line.replace(/\/+$/, '')))]
  const main = uris.find((uri) => uri.endsWith('/debian'))
  if (!main) return ''
  const security = uris.find((uri) => uri.endsWith('/debian-security'))
  return (
    [
      `deb ${main} ${suite} main`,
      `deb ${main} ${suite}-updates main`,
      ...(security ? [`deb ${security} ${suite}-security main`] : []),
    ].join('\n') + '\n'
  )
}

/** How this host's apt fetches (proxies, certificates, clock checks), as a configuration file. */
export async function aptConfiguration(): Promise<string> {
  const dump = await must(['apt-config', 'dump', 'Acquire'])
  return (
    dump
      .split('\n')
      .filter((line) => /^Acquire::(https?|Check|Retries|Languages)\b.*"[^"]+";/i.test(line))
      .join('\n') + '\n'
  )
}

/** The host's resolvers as seen from another network namespace, where a stub on loopback is out of reach. */
export async function resolvConf(): Promise<string> {
  const upstream = '/run/systemd/resolve/resolv.conf'
  const text = await readFile('/etc/resolv.conf', 'utf8')
  return /^nameserver\s+127\./m.test(text) && existsSync(upstream) ? readFile(upstream, 'utf8') : text
}

/** npm's configuration: the host's registry, its certificates, and what is in the cache first. */
export async function npmConfiguration(): Promise<string> {
  const registry = (await must(['npm', 'config', 'get', 'registry'], { cwd: '/' })).trim()
  return (
    [
      `registry=${registry}`,
      `cafile=${certificates}`,
      'prefer-offline=true',
      'audit=false',
      'fund=false',
      'update-notifier=false',
    ].join('\n') + '\n'
  )
}

/** The text of the host's certificate bundle. */
export async function certificateBundle(): Promise<string> {
  return readFile(await realpath(certificates), 'utf8')
}
