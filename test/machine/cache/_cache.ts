import { expect } from 'vitest'
import type { Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { create, output, writeFile } from '../sites/_helpers.ts'

export interface Account {
  username: string
  password: string
}

export const putCache = (panel: Api, domain: string, wish: object) => panel.send('PUT', `/sites/${domain}/cache`, wish)
export const cacheOf = async (panel: Api, domain: string) => (await panel.get(`/sites/${domain}/cache`)).body

/** A PHP site with Redis, and how it gets in. */
export async function redisSite(panel: Api, domain: string): Promise<Account> {
  await create(panel, { domain, runtime: 'php' })
  const { status, body } = await putCache(panel, domain, { redis: true })
  expect([status, body.problem]).toEqual([200, null])
  return body.redis as Account
}

/** Output of redis-cli, as the site's own Linux user, by the socket or by TCP. */
export async function redis(
  machine: Machine,
  { username, password }: Account,
  words: string[],
  over: 'socket' | 'tcp' = 'socket',
): Promise<string> {
  const where = over === 'socket' ? ['-s', '/run/redis/redis-server.sock'] : ['-h', '127.0.0.1']
  const { stdout, stderr } = await machine.sh([
    'setpriv',
    `--reuid=${username}`,
    `--regid=${username}`,
    '--clear-groups',
    'env',
    `REDISCLI_AUTH=${password}`,
    'redis-cli',
    '--user',
    username,
    '--no-auth-warning',
    ...where,
    ...words,
  ])
  return (stdout + stderr).trim()
}

/** Puts a script into a PHP site's folder. */
export async function script(machine: Machine, domain: string, name: string, code: string): Promise<void> {
  const path = `/var/www/${domain}/public/${name}`
  await writeFile(machine, path, `<?php\n${code}\n`)
  await output(machine, 'chown', '--reference', `/var/www/${domain}/public`, path)
  await output(machine, 'chmod', '0640', path)
}

/** Prints the password of the panel's own user of Redis, as lib/drivers/redis/administrator.ts makes it. */
export const administrator =
  `printf 'redis administrator' | openssl dgst -sha256 -hmac "$(cat /etc/hosting-panel/database-secret)" -binary ` +
  `| base64 | tr '+/' '-_' | tr -d '='`
