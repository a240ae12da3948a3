import { beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { servedCertificate } from '../certificates/_visitors.ts'
import { output } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'

let machine: Machine
beforeAll(async () => {
  machine = await useMachine()
  await api(machine)
})
beforeEach(() => showJournalOnFailure(machine))

/** Does what the panel does twice a day. The agent knows the name that the server had at its start. */
async function renew(): Promise<void> {
  await output(machine, 'systemctl', 'stop', 'hosting-panel-agent.service')
  await output(machine, 'systemctl', 'start', 'hosting-panel-hook@renew-certificates')
}
const served = () => servedCertificate(machine, machine.address, 8080)

it('the self-signed certificate follows the server’s address, and stays while that stays', async () => {
  const before = await served()
  await renew()
  expect((await served()).serial).toBe(before.serial)
  const link = (
    await output(machine, 'sh', '-c', "ip -o -4 route show default | sed 's/.* dev \\([^ ]*\\).*/\\1/'")
  ).trim()
  const change = (what: 'add' | 'del') =>
    output(
      machine,
      'sh',
      '-ec',
      what === 'add'
        ? `ip address add 203.0.113.9/32 dev ${link}; ip route add 192.0.2.0/24 dev ${link} src 203.0.113.9`
        : `ip route del 192.0.2.0/24; ip address del 203.0.113.9/32 dev ${link}`,
    )
  await change('add')
  let added = true
  onTestFinished(async () => void (added && (await change('del'))))
  await renew()
  const after = await served()
  expect(after.serial).not.toBe(before.serial)
  expect(after.subjectAltName).toContain('IP Address:203.0.113.9')
  await change('del')
  added = false
  await renew()
  expect((await served()).serial, 'its address is among the others').toBe(after.serial)
})

it('the self-signed certificate follows the server’s name', async () => {
  const name = await output(machine, 'hostname')
  onTestFinished(async () => {
    await output(machine, 'hostname', name)
    await renew()
  })
  await output(machine, 'hostname', 'moved.server.test')
  await renew()
  expect((await served()).subjectAltName).toContain('DNS:moved.server.test')
})
