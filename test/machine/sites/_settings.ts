import { expect } from 'vitest'
import { site, type Api, type Response } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output, writeFile } from './_helpers.ts'

type Headers = Record<string, string>

/** A site whose settings are tried: what is set of it, what is put into it, and what visitors see. */
export function settingsOf(machine: Machine, panel: Api, domain: string) {
  const home = `/var/www/${domain}`
  const owner = () => output(machine, 'stat', '-c', '%U', `${home}/public`)
  const get = (path: string, headers: Headers = {}, method = 'GET'): Promise<Response> =>
    site(machine, domain, path, { headers, method })
  return {
    home,
    get,
    /** Runs as the site's own user. */
    async run(script: string): Promise<void> {
      const user = await owner()
      const given = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', 'sh', '-c']
      expect(await machine.sh([...given, `cd ${home} && ${script}`])).toMatchObject({ code: 0 })
    },
    /** Puts a file into it as an upload does. */
    async put(path: string, content: string): Promise<void> {
      await writeFile(machine, `${home}/${path}`, content)
      await output(machine, 'chown', '--reference', `${home}/public`, `${home}/${path}`)
      await output(machine, 'chmod', '0640', `${home}/${path}`)
    },
    async folder(path: string): Promise<void> {
      await output(machine, 'install', '-d', '-o', await owner(), '-g', await owner(), '-m', '750', `${home}/${path}`)
    },
    async patch(body: object): Promise<void> {
      const answer = await panel.patch(`/sites/${domain}`, body)
      expect([answer.status, answer.body.code, answer.body.message]).toEqual([200, undefined, undefined])
    },
    async redirect(body: object): Promise<void> {
      const answer = await panel.send('PUT', `/sites/${domain}/redirects`, body)
      expect([answer.status, answer.body.message]).toEqual([200, undefined])
    },
    async seen(path: string, headers?: Headers): Promise<[number, string]> {
      const { status, body } = await get(path, headers)
      return [status, body.trim()]
    },
    async led(path: string): Promise<[number, string | undefined]> {
      const { status, headers } = await get(path)
      return [status, headers.location]
    },
  }
}
export type Settings = ReturnType<typeof settingsOf>

/** Puts a proof where authorities look for one. */
export const proof = (machine: Machine): Promise<string> =>
  output(
    machine,
    'sh',
    '-c',
    'cd /run/hosting-panel/acme; mkdir -p .well-known/acme-challenge; echo proof > .well-known/acme-challenge/token; ' +
      'chmod -R a+rX .well-known',
  )
export const proofPath = '/.well-known/acme-challenge/token'
