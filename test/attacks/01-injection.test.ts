import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Api } from '../machine/http.ts'
import { showJournalOnFailure } from '../machine/use-machine.ts'
import { call, commands, newUser, node, output, target, type Operation, type Target } from './_attack.ts'
import { filled, sample, strings } from './_schema.ts'
import { pwned, sideEffects } from './_side-effects.ts'

let on: Target
let attacker: Api
beforeAll(async () => {
  on = await target()
  attacker = await newUser(on, 'injector', 'admin')
  await pwned(on.machine)
})
afterAll(async () => {
  for (const { username } of (await on.panel.get('/users')).body.users)
    if (username !== 'admin') await on.panel.delete(`/users/${username}`)
  for (const { id } of (await on.panel.get('/tokens')).body.tokens.filter(
    ({ username }: { username: string | null }) => username,
  ))
    await on.panel.delete(`/tokens/${id}`)
})

/** Ends what the attack stands on, or is long work that takes a version and nothing else. */
const spared = ['DELETE /api/account/sessions', 'DELETE /api/session', 'POST /api/drift']

/** Every call with one hostile string in one place, the rest of it valid. */
function* attacks({ name, path, parameters, body }: Operation): Generator<{ path: string; body?: unknown }> {
  const hostile = commands(String(Math.abs(name.length)))
  const plain = body ? sample(body) : undefined
  for (const parameter of parameters) {
    for (const value of hostile) {
      const at = filled(path, parameter.in === 'path' ? { [parameter.name]: value } : {})
      yield {
        path: parameter.in === 'path' ? at : `${at}?${new URLSearchParams({ [parameter.name]: value }).toString()}`,
        body: plain,
      }
    }
  }
  for (const put of body ? strings(body) : [])
    for (const value of hostile) yield { path: filled(path, {}), body: put(value) }
}

it('no string of any function becomes a command, an option, a path or an error of the panel', async () => {
  const { machine, operations } = on
  showJournalOnFailure(machine)
  let sent = 0
  for (const operation of operations.filter(({ name, stream }) => !spared.includes(name) && !stream)) {
    const all = [...attacks(operation)]
    for (let at = 0; at < all.length; at += 10) {
      const answers = await Promise.all(
        all.slice(at, at + 10).map(({ path, body }) => call(attacker, { method: operation.method, path }, body)),
      )
      for (const [index, { status, body }] of answers.entries()) {
        const allowed =
          status < 500 ||
          ['ufw', 'fail2ban', 'firewall'].some((word) => String(body.code).startsWith(word)) ||
          body.code === 'passkeys_need_a_name'
        expect(
          allowed,
          `${operation.name} ${JSON.stringify(all[at + index])} answered ${status} ${JSON.stringify(body)}`,
        ).toBe(true)
      }
      sent += answers.length
    }
  }
  expect(sent).toBeGreaterThan(1_000)
  expect(await pwned(machine)).toBe('')
  expect(await output(machine, 'pgrep', '-af', 'touch /tmp/pwned')).toBe('')
}, 900_000)

it('what the values do where a shell is used would have been seen (control)', async () => {
  for (const value of commands('control'))
    await node(
      on.machine,
      'require("child_process").spawnSync("sh", ["-c", "echo " + process.argv[1]], { stdio: "ignore" })',
      value.replaceAll('\u0000', ''),
    )
  expect((await pwned(on.machine)).split('\n').length).toBeGreaterThan(4)
  const before = await sideEffects(on.machine)
  await output(on.machine, 'touch', '/tmp/pwned-by-hand')
  expect(await sideEffects(on.machine)).not.toBe(before)
  await pwned(on.machine)
})
