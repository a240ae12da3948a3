import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Machine } from '../machine.ts'
import { output, writeFile } from '../sites/_helpers.ts'

export interface Kept {
  from: string
  to: string[]
  text: string
  user: string | null
}

/** A mail server inside, with a certificate of an authority of its own. */
export async function startRelay(machine: Machine) {
  const sh = (script: string) => output(machine, 'sh', '-c', script)
  await sh(`mkdir -p /srv/relay && cd /srv/relay && : >messages
    dpkg -s python3-aiosmtpd >/dev/null 2>&1 || { apt-get update; apt-get install -y python3-aiosmtpd; }
    openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=relay \
      -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out cert.pem`)
  await writeFile(machine, '/srv/relay/relay.py', await readFile(join(import.meta.dirname, 'relay.py'), 'utf8'))
  await sh('systemctl stop relay; systemd-run --collect --unit=relay python3 /srv/relay/relay.py')
  await sh('for i in $(seq 100); do ss -Hltn sport = :25 | grep -q . && break; read -t 0.1 </dev/zero; done')
  return {
    ca: await sh('cat /srv/relay/cert.pem'),
    /** The messages that it has taken since the last question. */
    taken: async (): Promise<Kept[]> => {
      const text = await sh('cat /srv/relay/messages; : >/srv/relay/messages')
      return text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Kept)
    },
    stop: () => sh('systemctl stop relay; rm -rf /srv/relay'),
  }
}
