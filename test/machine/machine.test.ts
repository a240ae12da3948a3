import { afterAll, beforeAll, expect, test } from 'vitest'
import { copied, copyIn } from './deploy.ts'
import { down, existing, list, up } from './machine.ts'
import type { Machine } from './machine.ts'
import { ownName } from './use-machine.ts'

const [first, second] = [ownName('first'), ownName('second')]
let machine: Machine
let other: Machine

beforeAll(async () => {
  ;[machine, other] = await Promise.all([up(first), up(second)])
}, 300_000)

afterAll(async () => {
  await Promise.all([down(first), down(second)])
}, 300_000)

test("systemd is the first process, and the host name is the machine's", async () => {
  expect((await machine.sh(['cat', '/proc/1/comm'])).stdout.trim()).toBe('systemd')
  expect((await machine.sh(['hostname'])).stdout.trim()).toBe(first)
})

test('two machines at once have their own address, processes and disk', async () => {
  expect(other.address).not.toBe(machine.address)
  await machine.sh(['touch', '/only-here'])
  expect((await other.sh(['test', '-e', '/only-here'])).code).toBe(1)
  const running = (await list()).filter(({ running }) => running).map(({ name }) => name)
  expect(running).toEqual(expect.arrayContaining([first, second]))
})

test('a command inside gets its input, environment and exit code through unchanged', async () => {
  const { code, stdout, stderr } = await machine.sh(['sh', '-c', 'cat; echo "$GREETING" >&2; exit 7'], {
    input: 'a\'b"c $d\n',
    env: { GREETING: 'good day' },
  })
  expect({ code, stdout, stderr }).toEqual({ code: 7, stdout: 'a\'b"c $d\n', stderr: 'good day\n' })
})

test('the host reaches what listens inside', async () => {
  const { stdout } = await machine.sh(['systemctl', 'is-active', 'nginx'])
  expect(stdout.trim()).toBe('active')
  expect((await fetch(`http://${machine.address}/`)).status).toBe(200)
})

test('apt and npm reach their packages from inside', { timeout: 120_000 }, async () => {
  const apt = await machine.sh(['apt-get', 'update', '-q', '--error-on=any'])
  expect(apt.code, apt.stderr).toBe(0)
  const npm = await machine.sh(['sh', '-c', 'curl -fsS "$(sed -n s/^registry=//p /root/.npmrc)vue/latest"'])
  expect(JSON.parse(npm.stdout), npm.stderr).toMatchObject({ name: 'vue' })
})

test('both PHP versions are there and their masters run', async () => {
  const { stdout } = await machine.sh(['systemctl', 'is-active', 'php7.4-fpm', 'php8.2-fpm'])
  expect(stdout.trim().split('\n')).toEqual(['active', 'active'])
})

test('the checkout arrives without what git ignores', { timeout: 180_000 }, async () => {
  await copyIn(machine)
  expect((await machine.sh(['test', '-f', `${copied}/package-lock.json`])).code).toBe(0)
  expect((await machine.sh(['test', '-e', `${copied}/node_modules`])).code).toBe(1)
})

test('ended and started again it is pristine', { timeout: 120_000 }, async () => {
  await other.sh(['sh', '-c', 'echo changed > /etc/issue; touch /left-over'])
  await down(second)
  await expect(existing(second)).rejects.toThrow(/no machine named/)
  other = await up(second)
  expect((await other.sh(['test', '-e', '/left-over'])).code).toBe(1)
  expect((await other.sh(['cat', '/etc/issue'])).stdout).toContain('Debian')
})
