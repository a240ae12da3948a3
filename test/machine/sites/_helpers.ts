import { domainToASCII } from 'node:url'
import { expect } from 'vitest'
import type { Machine } from '../machine.ts'
import type { Api } from '../http.ts'

/** Output of a command inside, whatever its exit code. */
export const output = async (machine: Machine, ...argv: string[]): Promise<string> =>
  (await machine.sh(argv)).stdout.trim()

/** Every file, link and account outside of /proc and the like whose name carries the domain or its user. */
export async function traces(machine: Machine, domain: string): Promise<string[]> {
  const slug = domain.replaceAll('.', '-')
  const files = await output(
    machine,
    'find',
    '/etc',
    '/var/www',
    '/var/log/nginx',
    '/run/hosting-panel',
    '-name',
    '.trash',
    '-prune',
    '-o',
    '(',
    '-name',
    `*${domain}*`,
    '-o',
    '-name',
    `*s-${slug}-*`,
    ')',
    '-print',
  )
  const accounts = await output(machine, 'sh', '-c', 'cut -d: -f1 /etc/passwd /etc/group')
  const units = await output(machine, 'systemctl', 'list-units', '--all', '--plain', '--no-legend', `*s-${slug}-*`)
  return [
    ...files.split('\n'),
    ...accounts.split('\n').filter((name) => name.startsWith(`s-${slug}-`)),
    ...units.split('\n'),
  ].filter(Boolean)
}

/** Nothing of a site is left, on the machine and in the panel. */
export async function expectGone(machine: Machine, panel: Api, domain: string): Promise<void> {
  expect((await panel.get(`/sites/${domain}`)).status).toBe(404)
  await expect.poll(() => traces(machine, domain), { timeout: 90_000 }).toEqual([])
}

/** Creates a site and fails with the panel's own words when it refuses. */
export async function create(panel: Api, body: Record<string, unknown>): Promise<void> {
  const answer = await panel.post('/sites', body)
  expect(answer.body).toMatchObject({ domain: domainToASCII(String(body.domain)), state: 'active' })
  expect(answer.status).toBe(201)
}

export const deleteSite = (panel: Api, domain: string) => panel.delete(`/sites/${domain}?purge=true`)

/** Writes a file inside as root. */
export async function writeFile(machine: Machine, path: string, content: string): Promise<void> {
  const { code, stderr } = await machine.sh(['tee', path], { input: content })
  if (code !== 0) throw new Error(stderr)
}
