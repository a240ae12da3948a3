import { expect } from 'vitest'
import { npmConfiguration } from '../../machine/_host.ts'
import type { Place, Program } from './_programs.ts'

const PASSWORD = 'a long enough one'

const configuration = `
storage: ./storage
auth:
  htpasswd:
    file: ./htpasswd
packages:
  '**':
    access: $all
    publish: $authenticated
max_body_size: 100mb
log: { type: stdout, format: pretty, level: warn }
`

/** Answers what signs npm in. */
async function signIn({ visitor }: Place): Promise<string> {
  const user = { name: 'keeper', password: PASSWORD }
  const { status, body } = await visitor().json('PUT', '/-/user/org.couchdb.user:keeper', user)
  expect([status, body]).toEqual([201, expect.stringContaining('token')])
  return (JSON.parse(body) as { token: string }).token
}

/** Runs npm beside the site, as somebody elsewhere does. */
async function npm({ machine, domain }: Place, folder: string, script: string, token = ''): Promise<string> {
  const lines = [
    `grep -q ${domain} /etc/hosts || echo '127.0.0.1 ${domain}' >> /etc/hosts`,
    `mkdir -p ${folder}; cd ${folder}`,
    `printf '%s\\n' registry=http://${domain}/ //${domain}/:_authToken=${token} fund=false audit=false > .npmrc`,
    script,
  ]
  const { code, stdout, stderr } = await machine.sh(['sh', '-ec', lines.join('\n')], {
    env: { PATH: '/opt/hosting-panel/node/24/bin:/usr/bin:/bin', npm_config_cache: `${folder}/cache` },
  })
  expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
  return stdout.trim()
}

/** Publishes a package of 30 MB that cannot be packed smaller. */
async function use(place: Place): Promise<void> {
  const made =
    `echo '{"name":"leaves","version":"1.0.0"}' > package.json; head -c 30000000 /dev/urandom > leaves.bin; ` +
    'npm publish; sha256sum < leaves.bin > /root/leaves.sum'
  await npm(place, '/root/leaves', made, await signIn(place))
  await npm(place, '/root/leaves', 'cd ..; rm -rf leaves')
}

async function look(place: Place): Promise<void> {
  const { visitor, domain } = place
  const page = await visitor().get('/')
  expect([page.status, page.body]).toEqual([200, expect.stringContaining(`http://${domain}/`)])
  const detail = JSON.parse((await visitor().get('/leaves')).body) as {
    versions: Record<string, { dist: { tarball: string } }>
  }
  expect(detail.versions['1.0.0']!.dist.tarball).toBe(`http://${domain}/leaves/-/leaves-1.0.0.tgz`)
  const script =
    "rm -rf node_modules cache; echo '{}' > package.json; npm install leaves 1>&2; " +
    'sha256sum < node_modules/leaves/leaves.bin | diff - /root/leaves.sum'
  expect(await npm(place, '/root/taker', script)).toBe('')
  expect((await visitor().json('PUT', '/leaves', {})).status).toBe(401)
  expect((await visitor().get('/storage/leaves/package.json')).status).toBe(404)
}

/** A registry of one's own that takes packages of up to 100 MB. */
export const verdaccio: Program = {
  domain: 'verdaccio.test',
  front: '/',
  packages: [],
  settings: {
    runtime: 'node',
    bodyLimitMb: 100,
    app: {
      nodeVersion: '24',
      memoryMb: 512,
      startCommand: 'verdaccio --config ./config.yaml --listen $HOST:$PORT',
    },
  },
  async install({ put, start }) {
    // Verdaccio names a version of this by a tag, which mirrors of npm may lack.
    const overrides = { 'node-fetch': '^2.7.0' }
    await put('package.json', JSON.stringify({ name: 'registry', dependencies: { verdaccio: '^6.0.0' }, overrides }))
    await put('config.yaml', configuration)
    await put('.npmrc', await npmConfiguration())
    await start()
  },
  use,
  look,
}
