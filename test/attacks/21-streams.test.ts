import type { IncomingMessage } from 'node:http'
import https from 'node:https'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readEvents } from '../../lib/cli/events.ts'
import { appJob, provideNode, tinySite } from '../machine/apps/_tiny.ts'
import { writeFile } from '../machine/sites/_helpers.ts'
import { newUser, output, panelUrl, target, type Target } from './_attack.ts'

const domain = 'talker.test'

/** Prints half a megabyte a second in numbered lines. */
const talker = `
let number = 0
setInterval(() => { for (let i = 0; i < 50; i++) console.log('number', number++, 'x'.repeat(980)) }, 100)
require('node:http').createServer((request, response) => response.end('talking')).listen(process.env.PORT)
`

let on: Target
let cookies: string[]
const open: IncomingMessage[] = []

beforeAll(async () => {
  on = await target()
  const customer = await newUser(on, 'reader')
  const others = [
    await newUser(on, 'reader2', 'admin'),
    await newUser(on, 'reader3', 'admin'),
    await newUser(on, 'reader4', 'admin'),
  ]
  cookies = [customer, ...others].map(({ cookie }) => cookie)
  await provideNode(on.panel)
  await on.panel.delete(`/sites/${domain}?purge=true`)
  await tinySite(on.machine, on.panel, domain)
  expect((await on.panel.patch(`/sites/${domain}`, { owner: 'reader' })).status).toBe(200)
  await writeFile(on.machine, `${(await on.panel.get(`/sites/${domain}`)).body.root}/server.js`, talker)
  expect(await appJob(on.panel, domain, 'start')).toMatchObject({ state: 'done' })
}, 300_000)
afterAll(async () => {
  for (const stream of open) stream.destroy()
  await on.panel.delete(`/sites/${domain}?purge=true`)
  for (const name of ['reader', 'reader2', 'reader3', 'reader4']) await on.panel.delete(`/users/${name}`)
})

/** Opens an app's log as a browser does, and reads no more of it than its beginning. */
const follow = (cookie: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const request = https.get(
      `${panelUrl(on.machine)}/api/sites/${domain}/app/log?lines=0`,
      { headers: { cookie }, agent: false, rejectUnauthorized: false },
      (response) => {
        response.on('error', () => undefined)
        open.push(response.pause())
        resolve(response)
      },
    )
    request.on('error', reject)
  })

async function memory(): Promise<number> {
  const pid = await output(on.machine, 'systemctl', 'show', '-P', 'MainPID', 'hosting-panel.service')
  return Number(/VmRSS:\s+(\d+)/.exec(await output(on.machine, 'cat', `/proc/${pid}/status`))![1]) / 1024
}

it('streams that nobody reads take no memory, no place of others, and nothing from who does read', async () => {
  const before = await memory()
  const asked = await Promise.all(Array.from({ length: 80 }, () => follow(cookies[0]!)))
  expect(asked.filter(({ statusCode }) => statusCode === 200)).toHaveLength(10)
  expect(asked.filter(({ statusCode }) => statusCode === 429)).toHaveLength(70)
  for (const cookie of cookies.slice(1)) await Promise.all(Array.from({ length: 9 }, () => follow(cookie)))

  const reader = await follow(cookies[1]!)
  expect(reader.statusCode, 'the tenth of another').toBe(200)
  const numbers: number[] = []
  for await (const { data } of readEvents(reader)) {
    numbers.push(Number(/ number (\d+) /.exec(data)![1]))
    if (numbers.length >= 5_000) break
  }
  expect(numbers, 'every line, in its order (control)').toEqual(
    Array.from({ length: 5_000 }, (_, index) => numbers[0]! + index),
  )
  const grown = (await memory()) - before
  console.log(`The panel grew by ${Math.round(grown)} MB, from ${Math.round(before)} MB`)
  // Lines that pass through are garbage until they are collected; lines that were kept would be gigabytes by now.
  expect(grown).toBeLessThan(60)
  expect((await on.panel.get('/sites')).status).toBe(200)
}, 300_000)
