import { administrator } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output, writeFile } from '../sites/_helpers.ts'

/** Addresses on the net between the machine and what is in front of it. */
export const [here, edge, stranger] = ['10.99.0.1', '10.99.0.2', '10.99.0.3'] as const
/** Visitors of the proxy. */
export const [visitor, bot] = ['203.0.113.7', '203.0.113.8'] as const

export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

interface Ask {
  /** A visitor asks by the proxy, anybody else the machine itself. */
  from: string
  headers?: Record<string, string>
  method?: string
  body?: string
}

const folder = '/run/front'
const passOn = (target: string) => `        proxy_pass ${target};
        proxy_bind ${edge};
        proxy_http_version 1.1;
        proxy_ssl_verify off;
        proxy_ssl_server_name on;
        proxy_ssl_name $host;
        proxy_set_header Host $http_host;
        proxy_set_header Connection "";
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
`
/** On 80 and 443 all goes on by http to the sites, on 8443 to the panel, on 9443 as by a proxy that tells nothing. */
const configuration = `worker_processes 1;
error_log ${folder}/error.log;
pid ${folder}/nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path ${folder}/body;
    proxy_temp_path ${folder}/proxy;
    fastcgi_temp_path ${folder}/fastcgi;
    uwsgi_temp_path ${folder}/uwsgi;
    scgi_temp_path ${folder}/scgi;
    ssl_certificate /etc/hosting-panel/tls/panel.crt;
    ssl_certificate_key /etc/hosting-panel/tls/panel.key;
    server {
        listen ${edge}:80;
        listen ${edge}:443 ssl;
        location / {
${passOn(`http://${here}`)}        }
    }
    server {
        listen ${edge}:8443 ssl;
        location / {
${passOn(`https://${here}:8080`)}        }
    }
    server {
        listen ${edge}:9443 ssl;
        location / {
            proxy_pass https://${here}:8080;
            proxy_bind ${edge};
            proxy_set_header X-Forwarded-For $remote_addr;
        }
    }
}
`

const network = `ip netns add front
ip link add front0 type veth peer name front1 netns front
ip address add ${here}/29 dev front0
ip link set front0 up
ip -n front link set lo up
ip -n front link set front1 up
ip -n front address add ${edge}/29 dev front1
ip -n front address add ${stranger}/29 dev front1
ip -n front address add ${visitor}/32 dev lo
ip -n front address add ${bot}/32 dev lo
`

/** Puts a second nginx, with a network of its own, in front of the machine. */
export async function startEdge(machine: Machine): Promise<void> {
  await endEdge(machine)
  await output(machine, 'mkdir', '-p', folder)
  await writeFile(machine, `${folder}/nginx.conf`, configuration)
  const { code, stderr } = await machine.sh(['sh', '-ec', network])
  if (code !== 0) throw new Error(stderr)
  const unit = ['--unit=front', '--property=NetworkNamespacePath=/run/netns/front']
  await output(machine, 'systemd-run', ...unit, 'nginx', '-c', `${folder}/nginx.conf`, '-g', 'daemon off;')
  const listening = ['curl', '-s', '--connect-only', '--retry', '20', '--retry-connrefused', `http://${edge}/`]
  await output(machine, 'ip', 'netns', 'exec', 'front', ...listening)
}

export async function endEdge(machine: Machine): Promise<void> {
  await output(machine, 'systemctl', 'stop', 'front.service')
  await output(
    machine,
    'sh',
    '-c',
    'systemctl reset-failed front.service; ip netns delete front; ip link delete front0',
  )
}

/** Asks as somebody in front of the machine. */
export async function ask(machine: Machine, url: string, { from, headers = {}, method, body }: Ask): Promise<Answer> {
  const { protocol, hostname, port } = new URL(url)
  const to = from === visitor || from === bot ? edge : here
  const { stdout, stderr, code } = await machine.sh([
    ...['ip', 'netns', 'exec', 'front', 'curl', '-sSik', '--max-time', '30'],
    ...['--interface', from, '--resolve', `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}:${to}`],
    ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    ...(method ? ['-X', method] : []),
    ...(body === undefined ? [] : ['--data-raw', body]),
    url,
  ])
  if (code !== 0) throw new Error(`${url}: ${stderr}`)
  const [head, ...rest] = stdout.split('\r\n\r\n')
  const [first, ...lines] = head!.split('\r\n')
  return {
    status: Number(first!.split(' ')[1]),
    headers: Object.fromEntries(lines.map((line) => [line.split(':')[0]!.toLowerCase(), line.replace(/^.*?: ?/, '')])),
    body: rest.join('\r\n\r\n'),
  }
}

/** Signs in to the panel as a browser that has it at this address. */
export const signInAt = (machine: Machine, origin: string, from: string): Promise<Answer> =>
  ask(machine, `${origin}/api/session`, {
    from,
    headers: { origin, 'content-type': 'application/json' },
    body: JSON.stringify(administrator),
  })
