import { expect } from 'vitest'
import { saySocket } from '../../machine/apps/_socket.ts'
import { npmConfiguration } from '../../machine/_host.ts'
import type { Place, Program } from './_programs.ts'
import { picture } from './_visitor.ts'

const PASSWORD = 'a long enough one'

const settings = `
const password = require('bcryptjs').hashSync(${JSON.stringify(PASSWORD)}, 8)
module.exports = {
  uiPort: process.env.PORT,
  uiHost: process.env.HOST,
  credentialSecret: 'of this test',
  adminAuth: { type: 'credentials', users: [{ username: 'keeper', password, permissions: '*' }] },
}
`

const node = (id: string, type: string, wires: string[], more: object = {}) => ({
  id,
  type,
  z: 'tab',
  x: 100,
  y: 100,
  wires: [wires],
  ...more,
})
const code = (id: string, func: string, ...wires: string[]) => node(id, 'function', wires, { func, outputs: 1 })

/** A clock that counts, a page that tells it, an upload that is kept and shown, and a socket that answers. */
const flows = [
  { id: 'tab', type: 'tab', label: 'Teas' },
  node('clock', 'inject', ['count'], { props: [], repeat: '1', once: true, onceDelay: 0.1 }),
  code('count', "flow.set('count', (flow.get('count') || 0) + 1)"),
  node('ask', 'http in', ['tell'], { url: '/count', method: 'get' }),
  code('tell', "msg.payload = String(flow.get('count')); return msg", 'answer'),
  node('send', 'http in', ['name'], { url: '/pictures', method: 'post', upload: true }),
  code('name', "msg.payload = msg.req.files[0].buffer; msg.filename = 'tea.png'; return msg", 'keep'),
  node('keep', 'file', ['answer'], { filename: 'filename', filenameType: 'msg', overwriteFile: 'true' }),
  node('show', 'http in', ['read'], { url: '/pictures/tea.png', method: 'get' }),
  node('read', 'file in', ['type'], { filename: 'tea.png', filenameType: 'str', format: '' }),
  code('type', "msg.headers = { 'content-type': 'image/png' }; return msg", 'answer'),
  node('answer', 'http response', []),
  { id: 'place', type: 'websocket-listener', path: '/talk', wholemsg: 'false' },
  node('hear', 'websocket in', ['reply'], { server: 'place', client: '' }),
  code('reply', "msg.payload = 'you said ' + msg.payload; return msg", 'say'),
  node('say', 'websocket out', [], { server: 'place', client: '' }),
]

async function signIn({ visitor }: Place): Promise<string> {
  const words = { client_id: 'node-red-admin', grant_type: 'password', scope: '*', username: 'keeper' }
  const { status, body } = await visitor().json('POST', '/auth/token', { ...words, password: PASSWORD })
  expect([status, body]).toEqual([200, expect.stringContaining('access_token')])
  return (JSON.parse(body) as { access_token: string }).access_token
}

async function use(place: Place): Promise<void> {
  const { visitor } = place
  const headers = { authorization: `Bearer ${await signIn(place)}` }
  expect((await visitor().json('POST', '/flows', flows, headers)).status).toBe(204)
  const file = { field: 'file', name: 'tea.png', type: 'image/png', content: picture(200) }
  expect((await visitor().upload('/pictures', {}, file)).status).toBe(200)
}

async function look(place: Place): Promise<void> {
  const { visitor, machine, domain } = place
  const editor = await visitor().get('/')
  expect([editor.status, editor.body]).toEqual([200, expect.stringContaining('<title>Node-RED</title>')])
  const script = await visitor().get('/red/red.min.js')
  expect([script.status, script.headers['content-type']]).toEqual([200, expect.stringContaining('javascript')])
  expect((await visitor().get('/flows')).status).toBe(401)
  const token = await signIn(place)
  const { body } = await visitor().get('/flows', { authorization: `Bearer ${token}` })
  expect((JSON.parse(body) as { id: string }[]).map(({ id }) => id)).toEqual(flows.map(({ id }) => id))
  expect(await saySocket(machine, domain, '/talk', 'tea')).toBe('you said tea')
  expect(await saySocket(machine, domain, '/comms', JSON.stringify({ auth: token }))).toBe('{"auth":"ok"}')
  const shown = await visitor().get('/pictures/tea.png')
  expect([shown.status, shown.headers['content-type']]).toEqual([200, 'image/png'])
  const count = async () => Number((await visitor().get('/count')).body)
  const before = await count()
  await expect.poll(count).toBeGreaterThan(before)
}

/** Node-RED with its editor behind a password, installed from npm as a part of the site's own package. */
export const nodeRed: Program = {
  domain: 'node-red.test',
  front: '/',
  packages: [],
  settings: { runtime: 'node', app: { nodeVersion: '24', idleMinutes: null } },
  async install({ put, start }) {
    const scripts = { start: 'node-red --userDir . --settings settings.js' }
    await put('package.json', JSON.stringify({ name: 'teas', scripts, dependencies: { 'node-red': '^5.0.0' } }))
    await put('settings.js', settings)
    await put('.npmrc', await npmConfiguration())
    await start()
  },
  use,
  look,
}
