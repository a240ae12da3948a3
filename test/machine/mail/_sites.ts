import { site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { create, deleteSite, output, writeFile } from '../sites/_helpers.ts'
import { startRelay } from './_relay.ts'

const domains = ['mail.test', 'other.test']

/** Two PHP sites that send mail, and the server that takes it, on a machine that is up when the tests run. */
export function mailSites(machine: () => Machine, panel: () => Api) {
  let relay: Awaited<ReturnType<typeof startRelay>>
  const users: Record<string, string> = {}
  const reset = () => panel().patch('/settings/mail', { account: null, sender: null, perHour: null })

  async function begin(): Promise<void> {
    relay = await startRelay(machine())
    await reset()
    for (const domain of domains) {
      await deleteSite(panel(), domain)
      await create(panel(), { domain, runtime: 'php', phpVersion: '8.2' })
      users[domain] = (await panel().get(`/sites/${domain}`)).body.user
      const file = `/var/www/${domain}/public/m.php`
      await writeFile(
        machine(),
        file,
        '<?php parse_str(file_get_contents("php://input"), $in); var_dump(mail(...$in["a"]));',
      )
      await output(machine(), 'chown', '--reference', `/var/www/${domain}/public`, file)
    }
  }
  async function end(): Promise<void> {
    await reset()
    for (const domain of domains) await deleteSite(panel(), domain)
    await relay.stop()
  }

  const starttls = () => ({
    host: 'localhost',
    port: 587,
    security: 'starttls',
    username: 'shop',
    password: 'right "pass"',
    ca: relay.ca,
  })
  const set = (body: object, domain = 'mail.test') => panel().patch(`/sites/${domain}/mail`, body)
  const log = async (domain = 'mail.test') => (await panel().get(`/sites/${domain}/mail`)).body.log[0]

  /** Calls PHP's mail() of a site. */
  async function phpMail(args: string[], domain = 'mail.test'): Promise<boolean> {
    const body = new URLSearchParams(args.map((arg) => ['a[]', arg])).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return (await site(machine(), domain, '/m.php', { method: 'POST', headers, body })).body.includes('bool(true)')
  }

  /** Calls sendmail as the user of a site, or another. */
  const sendmail = (message: string, args: string[] = ['-t'], user = users['mail.test']!) =>
    machine().sh(['setpriv', `--reuid=${user}`, '--regid=65534', '--clear-groups', '/usr/sbin/sendmail', ...args], {
      input: message,
    })
  return { users, begin, end, starttls, set, log, phpMail, sendmail, taken: () => relay.taken() }
}
