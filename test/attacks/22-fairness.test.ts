import { afterAll, beforeAll, expect, it } from 'vitest'
import { panelUrl, type Api } from '../machine/http.ts'
import { newUser, output, target, type Target } from './_attack.ts'

let on: Target
let greedy: Api
let token: string
beforeAll(async () => {
  on = await target()
  greedy = await newUser(on, 'greedy')
  const modest = await newUser(on, 'modest')
  const made = await modest.post('/tokens', { name: 'Changes', scopes: ['sites:write'] })
  token = (made.body as { secret: string }).secret
  for (const [who, domain] of [
    [greedy, 'greedy.test'],
    [modest, 'modest.test'],
  ] as const) {
    await on.panel.delete(`/sites/${domain}?purge=true`)
    expect((await who.post('/sites', { domain, runtime: 'static' })).status).toBe(201)
  }
}, 300_000)
afterAll(async () => {
  for (const domain of ['greedy.test', 'modest.test']) await on.panel.delete(`/sites/${domain}?purge=true`)
  for (const name of ['greedy', 'modest']) await on.panel.delete(`/users/${name}`)
})

const median = (times: number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!

/**
 * How long changes of one customer's site take, one after the other (ms). A program of its own measures: this process
 * has the two hundred connections of the flood to open first.
 */
async function changes(): Promise<number> {
  const times: number[] = []
  for (let index = 0; index < 6; index++) {
    const [status, seconds] = (await change({ bodyLimitMb: 20 + (index % 2) })).split(' ')
    expect(status).toBe('200')
    times.push(Number(seconds) * 1_000)
  }
  return median(times)
}

/** Changes the customer's site; gives the status, and how long it took (s). */
const change = (body: object): Promise<string> =>
  output(
    on.machine,
    ...['curl', '-sSk', '-o', '/root/answer', '-w', '%{http_code} %{time_total}', '-X', 'PATCH'],
    ...['-H', `Authorization: Bearer ${token}`, '-H', 'Content-Type: application/json', '-d', JSON.stringify(body)],
    `${panelUrl(on.machine)}/api/sites/modest.test`,
  )

/** The processor's time that the agent and the programs that it ran have taken (ms). */
async function used(): Promise<number> {
  const pid = await output(on.machine, 'systemctl', 'show', '-P', 'MainPID', 'hosting-panel-agent.service')
  const fields = (await output(on.machine, 'cat', `/proc/${pid}/stat`)).split(' ').slice(13, 17).map(Number)
  // In hundredths of a second: its own, and that of those that have ended.
  return fields.reduce((sum, ticks) => sum + ticks * 10, 0)
}

const dear: ((index: number) => Promise<{ status: number }>)[] = [
  () => greedy.get('/php/versions'),
  () => greedy.get('/sites/greedy.test'),
  () => greedy.get('/databases'),
  (index) => greedy.post('/sites?plan=true', { domain: `planned${index}.test`, runtime: 'static' }),
  (index) => greedy.patch('/sites/greedy.test', { bodyLimitMb: 30 + index }),
]

it('two hundred dear calls of a customer make no other wait a second longer, and end with who made them', async () => {
  const alone = await changes()
  const seen = new Map<number, number>()
  let over = false
  const flood = async () => {
    while (!over) {
      const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => dear[index % dear.length]!(index)))
      for (const { status } of answers) seen.set(status, (seen.get(status) ?? 0) + 1)
    }
  }
  const flooding = flood()
  const under = await changes().finally(() => (over = true))
  await flooding
  console.log(
    `A change takes ${Math.round(alone)} ms alone, ${Math.round(under)} ms beside the flood, which was ` +
      `answered ${JSON.stringify([...seen])}`,
  )
  // A second on a machine that does nothing else; on one that runs other tests meanwhile, both times are longer.
  expect(under).toBeLessThan(5 * alone + 300)
  expect([...seen.keys()].filter((status) => ![200, 409, 429].includes(status))).toEqual([])
  expect(
    [seen.get(200) ?? 0, seen.get(429) ?? 0].every((count) => count > 0),
    'some are answered, and some are too many (control)',
  ).toBe(true)
  await expect
    .poll(
      async () => {
        const before = await used()
        await new Promise((resolve) => setTimeout(resolve, 1_000))
        return (await used()) - before
      },
      { timeout: 30_000, interval: 100 },
    )
    .toBeLessThan(200)
}, 300_000)
