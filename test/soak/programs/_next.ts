import { expect } from 'vitest'
import { npmConfiguration } from '../../machine/_host.ts'
import type { Place, Program } from './_programs.ts'
import { picture, type Visitor } from './_visitor.ts'

const files: Record<string, string> = {
  'next.config.mjs': 'export default { poweredByHeader: false }\n',
  'app/layout.js': `export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>
}
`,
  'app/page.js': `import { cookies } from 'next/headers'
import Image from 'next/image'
import './page.css'

export default async function Page() {
  const name = (await cookies()).get('name')?.value ?? 'nobody'
  return <main>Hello {name} <Image src="/api/pictures" width={64} height={64} alt="Tea" /></main>
}
`,
  'app/page.css': 'main { color: green }\n',
  'app/teas/[slug]/page.js': `export const revalidate = 1
export default async function Tea({ params }) {
  return <main>Tea {(await params).slug}</main>
}
`,
  'app/api/sign-in/route.js': `import { NextResponse } from 'next/server'

export async function POST(request) {
  const answer = NextResponse.redirect(new URL('/', 'http://' + request.headers.get('host')), 303)
  answer.cookies.set('name', (await request.formData()).get('name'))
  for (const part of ['a', 'b', 'c', 'd']) answer.cookies.set('session-' + part, part.repeat(3900))
  return answer
}
`,
  'app/api/pictures/route.js': `import { readFile, writeFile } from 'node:fs/promises'

export const dynamic = 'force-dynamic'
export async function POST(request) {
  await writeFile('tea.png', Buffer.from(await (await request.formData()).get('file').arrayBuffer()))
  return Response.json({ kept: true })
}
export async function GET() {
  return new Response(await readFile('tea.png'), { headers: { 'content-type': 'image/png' } })
}
`,
}

/** Signs in, with cookies larger than most servers take by themselves. */
async function signIn({ visitor, domain }: Place): Promise<Visitor> {
  const who = visitor()
  const { status, headers } = await who.form('/api/sign-in', { name: 'Ann' })
  expect([status, headers.location]).toEqual([303, `http://${domain}/`])
  expect((await who.get('/')).body).toMatch(/Hello (<!-- -->)?Ann/)
  return who
}

async function use(place: Place): Promise<void> {
  const who = await signIn(place)
  const file = { field: 'file', name: 'tea.png', type: 'image/png', content: picture(200) }
  expect((await who.upload('/api/pictures', {}, file)).body).toBe('{"kept":true}')
}

async function look(place: Place): Promise<void> {
  const { visitor } = place
  const page = await visitor().get('/')
  expect([page.status, page.body]).toEqual([200, expect.stringMatching(/Hello (<!-- -->)?nobody/)])
  const parts = [...page.body.matchAll(/(?:src|href)="(\/_next\/static\/[^"]+\.(?:js|css))[^"]*"/g)]
  expect(parts.length).toBeGreaterThan(2)
  for (const [, path] of parts) {
    const { status, headers } = await visitor().get(path!)
    expect([path, status, headers['content-type']]).toEqual([path, 200, expect.stringMatching(/javascript|css/)])
  }
  const small = await visitor().get('/_next/image?url=%2Fapi%2Fpictures&w=64&q=75', { accept: 'image/webp' })
  expect([small.status, small.headers['content-type']]).toEqual([200, 'image/webp'])
  expect((await visitor().get('/teas/oolong')).body).toMatch(/Tea (<!-- -->)?oolong/)
  expect((await visitor().get('/no-such-page')).status).toBe(404)
  await signIn(place)
}

/** A small app of Next.js, built on the server; nginx sends what the build made. */
export const next: Program = {
  domain: 'next.test',
  front: '/',
  packages: [],
  settings: {
    runtime: 'node',
    app: {
      nodeVersion: '24',
      memoryMb: 512,
      buildCommand: 'next build',
      startCommand: 'next start --hostname $HOST --port $PORT',
      static: [{ path: '/_next/static', directory: '.next/static' }],
    },
  },
  async install({ put, run, panel, domain, start }) {
    const dependencies = { next: '^16.0.0', react: '^19.0.0', 'react-dom': '^19.0.0' }
    await put('package.json', JSON.stringify({ name: 'teas', private: true, dependencies }))
    await put('.npmrc', await npmConfiguration())
    await run("mkdir -p 'app/teas/[slug]' app/api/sign-in app/api/pictures")
    for (const [name, text] of Object.entries(files)) await put(name, text)
    const env = { NEXT_TELEMETRY_DISABLED: '1' }
    expect((await panel.patch(`/sites/${domain}/app`, { env })).status).toBe(200)
    await start()
  },
  use,
  look,
}
