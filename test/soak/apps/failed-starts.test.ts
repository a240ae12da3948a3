import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, site, type Api } from '../../machine/http.ts'
import type { Machine } from '../../machine/machine.ts'
import { output, deleteSite, writeFile } from '../../machine/sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../../machine/use-machine.ts'
import {
  appJob,
  appOf,
  isListening,
  letSleep,
  processesOf,
  provideNode,
  startTiny,
  tinySite,
} from '../../machine/apps/_tiny.ts'

let machine: Machine
let panel: Api
/** These take their minute while the other tests run. */
let silent: ReturnType<typeof appJob>
let wrong: ReturnType<typeof appJob>
let mute: ReturnType<typeof appJob>
let elsewhere: ReturnType<typeof appJob>
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await provideNode(panel)
  await tinySite(machine, panel, 'silent.test', { env: { BEHAVE: 'silent' } })
  await tinySite(machine, panel, 'wrong.test', { env: { BEHAVE: 'wrong-port' } })
  silent = appJob(panel, 'silent.test', 'start')
  wrong = appJob(panel, 'wrong.test', 'start')
  await tinySite(machine, panel, 'mute.test', { env: { BEHAVE: 'mute' } })
  mute = appJob(panel, 'mute.test', 'start')
  await tinySite(machine, panel, 'elsewhere.test', { env: { BEHAVE: 'elsewhere', ELSEWHERE: machine.address } })
  elsewhere = appJob(panel, 'elsewhere.test', 'start')
})
afterAll(async () => {
  for (const name of ['silent', 'wrong', 'mute', 'elsewhere']) await deleteSite(panel, `${name}.test`)
})
beforeEach(() => showJournalOnFailure(machine))

/** A start that fails: what is said, and that nothing of the app is left. */
async function fails(domain: string, ...words: string[]): Promise<void> {
  const job = await appJob(panel, domain, 'start')
  expect([job.state, job.error?.code]).toEqual(['failed', 'app_failed'])
  await expectFailed(domain, job.error.message, ...words)
}

async function expectFailed(domain: string, message: string, ...words: string[]): Promise<void> {
  for (const word of words) expect(message).toContain(word)
  const app = await appOf(panel, domain)
  expect([app.state, app.problem]).toEqual(['errored', message])
  expect([await isListening(machine, app.port), await processesOf(machine, panel, domain)]).toEqual([false, []])
  expect((await site(machine, domain)).status).toBe(503)
}

describe('an app', () => {
  it('that exits at once is given up, with its last words', async () => {
    await tinySite(machine, panel, 'exit.test', { env: { BEHAVE: 'exit' } })
    await fails('exit.test', 'ended with code 3', 'I cannot find my configuration')
    await panel.patch('/sites/exit.test/app/env', { BEHAVE: null })
    expect(await appJob(panel, 'exit.test', 'start')).toMatchObject({ state: 'done' })
    await deleteSite(panel, 'exit.test')
  }, 300_000)

  it('that ends a second after it answered has not started', async () => {
    await tinySite(machine, panel, 'late.test', { env: { BEHAVE: 'late' } })
    await fails('late.test', 'It ended with code 4, soon after it had begun to listen', 'I lost my database')
    await deleteSite(panel, 'late.test')
  }, 300_000)

  it('whose build script was never run is told so', async () => {
    await tinySite(machine, panel, 'unbuilt.test')
    const { root } = (await panel.get('/sites/unbuilt.test')).body
    const scripts = { build: 'mkdir dist && cp server.js dist', start: 'node dist/server.js' }
    await writeFile(machine, `${root}/package.json`, JSON.stringify({ scripts }))
    await fails('unbuilt.test', 'a build script that was never run, and dist, which it makes, is missing')
    await panel.patch('/sites/unbuilt.test/app', { buildCommand: 'npm run build' })
    expect(await appJob(panel, 'unbuilt.test', 'start')).toMatchObject({ state: 'done', error: null })
    await deleteSite(panel, 'unbuilt.test')
  }, 300_000)

  it('without files, with broken ones, or with a program that is not there says so', async () => {
    await panel.post('/sites', { domain: 'none.test', runtime: 'node' })
    expect((await appJob(panel, 'none.test', 'start')).error).toMatchObject({
      code: 'app_missing',
      message: expect.stringContaining('package.json'),
    })
    const { root, user } = (await panel.get('/sites/none.test')).body
    await writeFile(machine, `${root}/package.json`, '{ broken')
    await output(machine, 'chown', `${user}:`, `${root}/package.json`)
    expect((await appJob(panel, 'none.test', 'start')).error).toMatchObject({ code: 'app_invalid' })
    await writeFile(machine, `${root}/package.json`, '{}')
    await panel.patch('/sites/none.test/app', { startCommand: 'no-such-program --port $PORT' })
    await fails('none.test', 'no such program')
    await panel.patch('/sites/none.test/app', { installCommand: 'false' })
    expect((await appJob(panel, 'none.test', 'start')).error).toMatchObject({
      code: 'install_failed',
      message: expect.stringContaining('exit code 1'),
    })
    await deleteSite(panel, 'none.test')
  }, 300_000)

  it('whose files are links to what others may not read shows nothing of it', async () => {
    await panel.post('/sites', { domain: 'link.test', runtime: 'node' })
    const { root, user } = (await panel.get('/sites/link.test')).body
    await output(
      machine,
      'setpriv',
      `--reuid=${user}`,
      `--regid=${user}`,
      '--clear-groups',
      'ln',
      '-s',
      '/etc/shadow',
      `${root}/package.json`,
    )
    const { error } = await appJob(panel, 'link.test', 'start')
    expect([error.code, error.message.includes('root:')]).toEqual(['app_invalid', false])
    await deleteSite(panel, 'link.test')
  })

  it('that fails when it is woken says so in its page, the log and the record', async () => {
    await startTiny(machine, panel, 'fail.test')
    await letSleep(machine, panel, 'fail.test')
    await panel.patch('/sites/fail.test/app/env', { BEHAVE: 'exit' })
    expect((await site(machine, 'fail.test')).status).toBe(503)
    expect(await appOf(panel, 'fail.test')).toMatchObject({
      state: 'errored',
      problem: expect.stringContaining('I cannot find my configuration'),
    })
    expect((await panel.get('/audit?action=app.wake')).body.entries[0]).toMatchObject({
      object: 'fail.test',
      ok: false,
      code: 'app_failed',
    })
    expect(await output(machine, 'journalctl', '-u', 'hosting-panel', '--no-pager', '-n', '50')).toContain(
      'fail.test could not be woken',
    )
    await panel.patch('/sites/fail.test/app/env', { BEHAVE: null })
    expect(await appJob(panel, 'fail.test', 'start')).toMatchObject({ state: 'done' })
    expect(await appOf(panel, 'fail.test')).toMatchObject({ state: 'running', problem: null })
    await deleteSite(panel, 'fail.test')
  }, 300_000)

  it('that never listens is given up after a minute, and one that listens elsewhere is told so', async () => {
    await expectFailed('silent.test', (await silent).error.message, 'did not listen on port')
    await expectFailed('wrong.test', (await wrong).error.message, 'It listens on port 31999')
    const { message } = (await elsewhere).error
    await expectFailed('elsewhere.test', message, 'of another address than 127.0.0.1')
    expect(message).not.toContain('but not on')
  }, 900_000)

  it('that takes connections and answers nothing has not started', async () => {
    const { message } = (await mute).error
    expect(message).toContain('answered no request within 60 seconds')
    expect(await appOf(panel, 'mute.test')).toMatchObject({ state: 'errored', problem: message })
  }, 900_000)
})
