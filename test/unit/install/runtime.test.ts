import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'

const install = join(import.meta.dirname, '../../../install')
const place = mkdtempSync(join(tmpdir(), 'hosting-panel-install-'))
const asked: IncomingMessage[] = []
let archive: Buffer
const server = createServer((request, response) => {
  asked.push(request)
  response.writeHead(request.headers.authorization === 'Bearer let-me-in' ? 200 : 401).end(archive)
})
let registry: string

beforeAll(async () => {
  mkdirSync(join(place, 'package'))
  writeFileSync(join(place, 'package/hello'), 'hello')
  execFileSync('tar', ['-C', place, '-czf', join(place, 'one.tgz'), 'package'])
  archive = readFileSync(join(place, 'one.tgz'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/npm`
})
afterAll(() => {
  server.close()
  rmSync(place, { recursive: true })
})

/** Runs lines with the installer's functions, in a checkout and a home of the test's own. */
async function bash(lines: string, env: Record<string, string> = {}) {
  const parts = ['lib', 'progress', 'look', 'runtime'].map((name) => `. ${install}/${name}.sh`)
  const script = `cd ${place}; source_dir=${place}; ${parts.join('; ')}; runtime=${place}/runtime; ${lines}`
  const options = { env: { PATH: process.env.PATH!, HOME: join(place, 'home'), ...env } }
  return promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], options)
}

const lock = (integrity: string) =>
  writeFileSync(
    join(place, 'package-lock.json'),
    JSON.stringify(
      { packages: { 'node_modules/one': { version: '1.2.3', integrity }, 'node_modules/two': { version: '2' } } },
      null,
      2,
    ),
  )
const checksum = () => `sha512-${createHash('sha512').update(archive).digest('base64')}`

it('fetches what the lock file names, from npm’s registry here and with its token, once', async () => {
  lock(checksum())
  mkdirSync(join(place, 'home'), { recursive: true })
  writeFileSync(
    join(place, 'home/.npmrc'),
    `; mine\nregistry = ${registry}\n${registry.slice(5)}/:_authToken=\${MY_TOKEN}\n`,
  )
  const env = { MY_TOKEN: 'let-me-in', npm_config_cache: join(place, 'cache') }
  await bash('fetch_package one; rm -r "$runtime"; fetch_package one', env)
  expect(readFileSync(join(place, 'runtime/node_modules/one/hello'), 'utf8')).toBe('hello')
  expect(asked.map(({ url }) => url)).toEqual(['/npm/one/-/one-1.2.3.tgz'])
  const hex = createHash('sha512').update(archive).digest('hex')
  const kept = `cache/_cacache/content-v2/sha512/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex.slice(4)}`
  expect(readFileSync(join(place, kept))).toEqual(archive)
})

it('takes nothing that has another checksum', async () => {
  lock(checksum().replace(/^sha512-./, (found) => (found.endsWith('A') ? 'sha512-B' : 'sha512-A')))
  await expect(
    bash('fetch_package one', { MY_TOKEN: 'let-me-in', npm_config_cache: join(place, 'other') }),
  ).rejects.toMatchObject({ stdout: expect.stringContaining('has another checksum') as string })
})

it('takes npm’s settings as npm does: from the environment first, and the checkout before the home', async () => {
  const registryOf = async (env = {}) => (await bash('registry', env)).stdout.trim()
  expect(await registryOf()).toBe(`${registry}/`)
  writeFileSync(join(place, '.npmrc'), 'registry="https://checkout.test/x/"\r\n')
  expect(await registryOf()).toBe('https://checkout.test/x/')
  expect(await registryOf({ npm_config_registry: 'https://env.test' })).toBe('https://env.test/')
  rmSync(join(place, '.npmrc'))
  rmSync(join(place, 'home/.npmrc'))
  expect(await registryOf()).toBe('https://registry.npmjs.org/')
})

it.each([
  ['dlstatus:3:12.5000:Retrieving file 3 of 200', 'fetching, 12 %'],
  ['pmstatus:php8.2-fpm:87.9:Unpacking php8.2-fpm', '87 %, php8.2-fpm'],
  ['Fetching Node: 24', 'Fetching Node: 24'],
  ['pmstatus:\u001b[31mx:1.0:y', '1 %, [31mx'],
])('shows %j as %j', async (line, shown) => {
  const { stdout } = await bash('progress_file=$HOME.progress; progress a; progress "$LINE"; last_progress', {
    LINE: line,
  })
  expect(stdout.trim()).toBe(shown)
})

it.each([
  ['10.0.0.4 203.0.113.5 fe80::1 2001:db8::5 172.17.0.1', ['203.0.113.5', '[2001:db8::5]'], true],
  ['10.0.0.4 172.31.0.1 100.64.1.1 fd00::1', ['10.0.0.4', '172.31.0.1', '100.64.1.1', '[fd00::1]'], false],
  ['172.32.0.1 100.128.0.1 192.168.1.1', ['172.32.0.1', '100.128.0.1'], true],
])('of the addresses %s shows the public ones', async (all, shown, isPublic) => {
  const fake = `hostname() { echo "${all} "; }; addresses; has_public_address && echo public || true`
  const { stdout } = await bash(fake)
  expect(stdout.trim().split('\n')).toEqual([...shown, ...(isPublic ? ['public'] : [])])
})

it('names the program that has a port, and lets the right one have it', async () => {
  const { port } = server.address() as AddressInfo
  const look = (programs: string) => bash(`look_at_port ${port} '${programs}' Adminer; printf '%s' "\${problems[@]}"`)
  const { stdout } = await look('nginx')
  expect(stdout).toMatch(
    new RegExp(`^Port ${port} is needed for Adminer, and is taken by node \\(process ${process.pid}: `),
  )
  expect((await look('nginx node')).stdout).toBe('')
})
