import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { directory } from '../machine/_state.ts'
import { install } from '../machine/deploy.ts'
import { api, type Api } from '../machine/http.ts'
import { down, up, type Machine } from '../machine/machine.ts'
import { median, row } from './_table.ts'
import { growth, must, out, seconds } from './_inside.ts'

/**
 * Measures what the panel adds to MariaDB's own programs, and what nginx's kept pages are worth; each beside the bare
 * thing in the same run, in turns. `npm run bench` is to run alone on its machine.
 */
const ROUNDS = 3
const MANY = 40
/** Rows of about a kilobyte: a dump of a gigabyte. */
const ROWS = 1_000_000

/** The median of what calls of the agent take (ms), one after the other. */
async function asking(machine: Machine, operation: string, bodies: readonly string[]): Promise<number> {
  await machine.sh(['tee', '/root/bodies'], { input: bodies.join('\n') + '\n' })
  const times = await out(
    machine,
    `while read -r body; do curl -s -o /dev/null -w '%{time_total}\n' --unix-socket ` +
      `/run/hosting-panel/agent.sock -H 'content-type: application/json' -d "$body" http://agent/${operation}; ` +
      'done </root/bodies',
  )
  return median(times.split('\n').map(Number)) * 1000
}

/**
 * Milliseconds of the agent, without what an empty call takes, for a database with a user, and of the bare statements
 * on one open connection.
 */
async function creating(machine: Machine): Promise<void> {
  const hash = '*6BB4837EB74329105EE4568DDA7DC67ED2CA2AD9'
  const bare: number[] = []
  const agent: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const statements = (i: number) =>
      `CREATE DATABASE b${i} CHARACTER SET utf8mb4; CREATE USER b${i}@localhost IDENTIFIED BY PASSWORD ` +
      `'${hash}'; GRANT ALL PRIVILEGES ON b${i}.* TO b${i}@localhost;`
    await machine.sh(['tee', '/root/bare.sql'], {
      input: Array.from({ length: MANY }, (_, i) => statements(i)).join('\n'),
    })
    bare.push(((await seconds(machine, 'mariadb < /root/bare.sql')) * 1000) / MANY)
    const bodies = Array.from({ length: MANY }, (_, i) =>
      JSON.stringify({
        database: {
          name: `t${i}`,
          charset: 'utf8mb4',
          full: false,
          users: [{ username: `t${i}`, grant: 'all', hash }],
        },
        gone: [],
      }),
    )
    agent.push(
      (await asking(machine, 'databases.apply', bodies)) -
        (await asking(
          machine,
          'databases.cancel',
          bodies.map(() => JSON.stringify({ task: randomUUID() })),
        )),
    )
    const made = await out(machine, 'mariadb -N -e "SELECT COUNT(*) FROM mysql.db WHERE User REGEXP \'^t[0-9]+$\'"')
    if (Number(made) !== MANY) throw new Error(`the agent made ${made} databases of ${MANY}`)
    await out(
      machine,
      `for i in $(seq 0 ${MANY - 1}); do for n in b t; do echo "DROP DATABASE $n$i; DROP USER ` +
        '$n$i@localhost;"; done; done | mariadb; mariadb -e "DELETE FROM mysql.global_priv WHERE User LIKE ' +
        `'hosting-panel-db-%'; FLUSH PRIVILEGES"`,
    )
  }
  row(
    'create database, own account, user and grants: agent',
    `${(median(agent) / median(bare)).toFixed(1)} of three bare statements`,
    `1.5 at most; ${median(agent).toFixed(1)} ms, bare ${median(bare).toFixed(1)}`,
  )
}

async function dumps(machine: Machine, panel: Api): Promise<void> {
  await must(panel.post('/databases', { name: 'big', user: 'big' }))
  await must(panel.post('/databases', { name: 'copy', user: 'copy' }))
  await out(
    machine,
    'mariadb big -e "CREATE TABLE wide (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40), body TEXT, n INT, ' +
      `KEY (n)); INSERT INTO wide SELECT seq, MD5(seq), REPEAT(CONCAT(MD5(seq * 7), ' ', SHA1(seq), ' '), 13), ` +
      `seq % 1000 FROM seq_1_to_${ROWS}"`,
  )
  const job = async (path: string, body: unknown) => {
    const { body: answer } = await must(panel.post(path, body, { prefer: 'wait=290' }))
    if (answer.state !== 'done') throw new Error(JSON.stringify(answer))
    return answer as {
      result: { id: string }
      createdAt: string
      endedAt: string
      steps: { name: string; startedAt: string; endedAt: string }[]
    }
  }
  const took = ({ createdAt, endedAt }: { createdAt: string; endedAt: string }) =>
    (Date.parse(endedAt) - Date.parse(createdAt)) / 1000
  const [bareOut, panelOut, bareIn, panelIn, grown] = [[], [], [], [], []] as number[][]
  for (let round = 0; round < ROUNDS; round++) {
    await out(machine, 'rm -f /root/bare.sql; sync')
    bareOut!.push(
      await seconds(
        machine,
        // As the panel, which says done once the dump is on the disk.
        'mariadb-dump --single-transaction --quick --routines --events big > /root/bare.sql; sync /root/bare.sql',
      ),
    )
    grown!.push(
      await growth(machine, async () =>
        panelOut!.push(took(await job('/databases/big/export', { compression: 'none' }))),
      ),
    )
  }
  const { result } = await job('/databases/big/export', { compression: 'none' })
  const empty = (name: string) =>
    out(machine, `mariadb -e "DROP DATABASE IF EXISTS ${name}; CREATE DATABASE ${name} CHARACTER SET utf8mb4"; sync`)
  for (let round = 0; round < ROUNDS; round++) {
    await empty('bare')
    bareIn!.push(await seconds(machine, 'mariadb bare < /root/bare.sql'))
    await out(machine, 'mariadb -e "DROP DATABASE bare"')
    await empty('copy')
    grown!.push(
      await growth(machine, async () =>
        panelIn!.push(took(await job(`/dumps/${result.id}/restore`, { database: 'copy' }))),
      ),
    )
  }
  const size = Number(await out(machine, 'stat -c %s /root/bare.sql')) / 1e6
  const rates = (bare: number[], ours: number[]) =>
    `bare ${Math.round(size / median(bare))} MB/s, panel ${Math.round(size / median(ours))} MB/s`
  row(
    `export of ${Math.round(size)} MB, of the bare client's throughput`,
    `${Math.round((median(bareOut!) / median(panelOut!)) * 100)} %`,
    `95 at least; ${rates(bareOut!, panelOut!)}`,
  )
  row(
    `import of ${Math.round(size)} MB, of the bare client's throughput`,
    `${Math.round((median(bareIn!) / median(panelIn!)) * 100)} %`,
    `95 at least; ${rates(bareIn!, panelIn!)}`,
  )
  row('panel and agent meanwhile', `+${Math.max(...grown!).toFixed(0)} MB`, 'less than 20')
  await over(machine, size)
}

/** The same over HTTP, where TLS, nginx and the panel pass every byte on. */
async function over(machine: Machine, size: number): Promise<void> {
  const cookie = readFileSync(join(directory(machine.name), 'session'), 'utf8')
  const curl = `curl -sk -b '${cookie}' -H 'Origin: https://127.0.0.1:8080' -H 'sec-fetch-site: same-origin'`
  const [stream, upload]: [number[], number[]] = [[], []]
  const grown = await growth(machine, async () => {
    stream.push(await seconds(machine, `${curl} -o /root/stream.sql https://127.0.0.1:8080/api/databases/big/export`))
    upload.push(
      await seconds(
        machine,
        `${curl} -H 'content-type: application/sql' -T /root/bare.sql -X POST ` +
          'https://127.0.0.1:8080/api/databases/copy/import',
      ),
    )
  })
  row(
    'a dump streamed over https',
    `${Math.round(size / stream[0]!)} MB/s`,
    `sent ${Math.round(size / upload[0]!)} MB/s; panel and agent +${grown.toFixed(0)} MB`,
  )
}

/** Requests a second of a page PHP made and nginx keeps, and of a file of its size. */
async function pages(machine: Machine, panel: Api): Promise<void> {
  await must(panel.post('/sites', { domain: 'kept.test', runtime: 'php' }))
  await must(panel.send('PUT', '/sites/kept.test/cache', { page: { minutes: 60 } }))
  await out(
    machine,
    `cd /var/www/kept.test/public && head -c 15000 /dev/urandom | base64 -w 0 > file.html && printf '<?php ` +
      `header("Content-Type: text/html"); readfile("file.html");' > index.php`,
  )
  const rate = async (path: string) =>
    Number(
      /Requests per second:\s+([\d.]+)/.exec(
        await out(machine, `ab -q -n 10000 -c 8 -H 'Host: kept.test' http://127.0.0.1${path}`),
      )![1],
    )
  const header = (path: string) =>
    out(
      machine,
      `curl -s -o /dev/null -D - -H 'Host: kept.test' http://127.0.0.1${path} | tr -d '\\r' | awk 'tolower($1) ` +
        `== "x-cache:" { print $2 }'`,
    )
  await header('/')
  if ((await header('/')) !== 'HIT') throw new Error('the page is not kept')
  const [kept, files] = [[], []] as number[][]
  for (const path of ['/file.html', '/']) await rate(path)
  for (let round = 0; round < 2 * ROUNDS + 1; round++) {
    files!.push(await rate('/file.html'))
    kept!.push(await rate('/'))
  }
  row(
    "a kept page, of a static file's throughput",
    `${Math.round((median(kept!) / median(files!)) * 100)} %`,
    `70 at least; file ${Math.round(median(files!))}/s, page ${Math.round(median(kept!))}/s`,
  )
}

export const machine = await up('bench-databases', { durable: true })
try {
  await install(machine)
  const panel = await api(machine)
  await creating(machine)
  await pages(machine, panel)
  await dumps(machine, panel)
} finally {
  await down('bench-databases')
}
