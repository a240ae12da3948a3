import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAgent } from '../../lib/panel/clients/agent.ts'
import { hashPassword, passwordFits } from '../../lib/panel/auth/passwords.ts'
import { startSession, COOKIE } from '../../lib/panel/auth/sessions.ts'
import { newSetupToken, setUp } from '../../lib/panel/auth/setup.ts'
import { checkCredentials } from '../../lib/panel/auth/sign-in.ts'
import { openContext } from '../../lib/panel/open-context.ts'
import { median, row } from './_table.ts'

/** Measures sign-in and a request with a session, against the bare parts they are made of, in the same run. */
const CONNECTIONS = 20
const SECONDS = 3
const ROUNDS = 3
const password = 'correct horse battery'

const directory = mkdtempSync(join(tmpdir(), 'hosting-panel-bench-'))
const database = join(directory, 'panel.db')
const servers: ChildProcess[] = []

async function start(file: string, env: Record<string, string>): Promise<void> {
  const server = spawn(process.execPath, [join(import.meta.dirname, file)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  servers.push(server)
  await once(server.stdout!, 'data')
}

/** Requests a second that a server answers over a few kept connections. */
async function throughput(port: number, headers: Record<string, string>): Promise<number> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const end = Date.now() + SECONDS * 1000
  let answered = 0
  const ask = () =>
    new Promise<void>((resolve, reject) => {
      http
        .get({ port, host: '127.0.0.1', path: '/api/session', agent, headers }, (response) => {
          if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}`))
          response.resume().on('end', resolve)
        })
        .on('error', reject)
    })
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (; Date.now() < end; answered++) await ask()
    }),
  )
  agent.destroy()
  return answered / SECONDS
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

try {
  const ctx = await openContext(database, connectAgent(join(directory, 'agent.sock')))
  await setUp(ctx, { token: (await newSetupToken(ctx))!, username: 'admin', password })
  const hash = await hashPassword(password)
  const [bare, whole]: [number[], number[]] = [[], []]
  for (let round = 0; round < 20; round++) {
    bare.push(await timed(() => passwordFits(hash, password)))
    whole.push(
      await timed(async () => {
        await checkCredentials(ctx, { username: 'admin', password }, '192.0.2.1')
        await startSession(ctx, 'admin', { address: '192.0.2.1', agent: 'bench' }, Date.now())
      }),
    )
  }
  row('signing in, to the bare argon2 call', (median(whole) / median(bare)).toFixed(2), 'at most 1.3')

  const { secret } = await startSession(ctx, 'admin', { address: '127.0.0.1', agent: 'bench' }, Date.now())
  await start('_bare-server.ts', { PORT: '18801' })
  await start('_panel-server.ts', { PORT: '18802', DATABASE: database })
  const rates: [number[], number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    rates[0].push(await throughput(18801, {}))
    rates[1].push(await throughput(18802, { cookie: `${COOKIE}=${secret}` }))
  }
  console.log(
    `    requests a second: bare ${median(rates[0]).toFixed(0)}, with a session ${median(rates[1]).toFixed(0)}`,
  )
  row('a request with a session, to a bare h3 route', (median(rates[1]) / median(rates[0])).toFixed(2), 'at least 0.60')
  ctx.db.close()
} finally {
  for (const server of servers) server.kill()
  rmSync(directory, { recursive: true })
}
