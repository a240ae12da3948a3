import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { within, type Machine } from '../machine.ts'
import { output, writeFile } from '../sites/_helpers.ts'

const PORT = 18_765

/** Where pip finds the packages of the index. */
export const indexUrl = `http://127.0.0.1:${PORT}/simple`

/**
 * Serves a Python index inside, made of the machine's own packages and others of Debian: none outside can be reached.
 * Answers how to end it.
 */
export async function serveIndex(machine: Machine, ...more: string[]): Promise<() => Promise<unknown>> {
  const added = ['python3-django', ...more].join(' ')
  await writeFile(machine, '/root/index.py', readFileSync(join(import.meta.dirname, 'index.py'), 'utf8'))
  const { code, stderr } = await machine.sh([
    'sh',
    '-ec',
    `
    rm -rf /srv/index
    dpkg -s ${added} > /dev/null 2>&1 || apt-get install -qq -y --no-install-recommends ${added}
    python3 /root/index.py /srv/index python3-flask python3-gunicorn python3-fastapi python3-uvicorn ${added}`,
  ])
  if (code !== 0) throw new Error(stderr)
  const pid = await output(
    machine,
    'sh',
    '-c',
    `nohup python3 -m http.server --bind 127.0.0.1 --directory /srv/index ${PORT} >/dev/null 2>&1 & echo $!`,
  )
  await within(
    60,
    'the index',
    async () => (await machine.sh(['curl', '-sf', '-o', '/dev/null', `${indexUrl}/flask/`])).code === 0 || undefined,
  )
  return () => output(machine, 'kill', pid)
}
