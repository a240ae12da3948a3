import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output, writeFile } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'

let machine: Machine
let panel: Api
/** Stands before the real program: the agent finds this one first. */
const client = '/usr/local/sbin/fail2ban-client'
const real = '/usr/bin/fail2ban-client'
const died = '/run/test-fail2ban-died'

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
})
afterAll(async () => {
  await machine.sh(['rm', '-f', client, died])
  await panel.patch('/bans/jails/sshd', { maxRetry: 5 })
})
beforeEach(() => showJournalOnFailure(machine))

it('a Fail2ban that dies while it is told of a change starts with that change', async () => {
  const deadly = `[ "$1" = reload ] && [ ! -e ${died} ] && touch ${died} && systemctl kill -s KILL fail2ban`
  await writeFile(machine, client, `#!/bin/sh\n${deadly}\nexec ${real} "$@"\n`)
  await output(machine, 'chmod', '755', client)

  expect(await panel.patch('/bans/jails/sshd', { maxRetry: 7 })).toMatchObject({ status: 200 })
  expect((await machine.sh(['test', '-e', died])).code, 'it died').toBe(0)
  expect(await output(machine, real, 'get', 'sshd', 'maxretry')).toBe('7')
  expect((await panel.get('/drift')).body.changes).toEqual([])
})
