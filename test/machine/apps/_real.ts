import { npmConfiguration } from '../_host.ts'
import type { Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { output, writeFile } from '../sites/_helpers.ts'
import { indexUrl } from './_index.ts'

/**
 * A real app: its files, and what is set for it. All answer `/` with "hello", and `/echo` with how much they were sent.
 */
export interface RealApp {
  domain: string
  runtime: 'node' | 'python'
  app: Record<string, unknown>
  files: Record<string, string>
}

const express: RealApp = {
  domain: 'express.test',
  runtime: 'node',
  app: { nodeVersion: '22' },
  files: {
    'package.json': JSON.stringify({ scripts: { start: 'node server.js' }, dependencies: { express: '^5.0.0' } }),
    'server.js': `
const express = require('express')
const app = express()
app.get('/', (request, response) => response.send('hello from express'))
app.get('/version', (request, response) => response.send(process.version))
app.get('/pid', (request, response) => response.send(String(process.pid)))
const raw = express.raw({ type: () => true, limit: '20mb' })
app.post('/echo', raw, (request, response) => response.send(String(request.body.length)))
app.listen(process.env.PORT, process.env.HOST)
`,
  },
}

const sockets: RealApp = {
  domain: 'ws.test',
  runtime: 'node',
  app: { entry: 'main.mjs' },
  files: {
    'package.json': JSON.stringify({ dependencies: { ws: '^8.18.0' } }),
    'main.mjs': `
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
const server = createServer(async (request, response) => {
  let size = 0
  for await (const part of request) size += part.length
  response.end(request.url === '/echo' ? String(size) : 'hello from ws')
})
new WebSocketServer({ server }).on('connection', (socket) => {
  socket.on('message', (data) => socket.send('you said ' + data))
})
server.listen(process.env.PORT, process.env.HOST)
`,
  },
}

const astro: RealApp = {
  domain: 'astro.test',
  runtime: 'node',
  app: { buildCommand: 'astro build', startCommand: 'node dist/server/entry.mjs' },
  files: {
    'package.json': JSON.stringify({ type: 'module', dependencies: { astro: '^7.2.1', '@astrojs/node': '^11.1.0' } }),
    'astro.config.mjs': `
import { defineConfig } from 'astro/config'
import node from '@astrojs/node'
const adapter = node({ mode: 'standalone' })
export default defineConfig({ output: 'server', adapter, security: { checkOrigin: false } })
`,
    'src/pages/index.astro': '<html><body>hello from astro</body></html>\n',
    'src/pages/echo.ts':
      'export const POST = async ({ request }: { request: Request }) => new Response(String((await ' +
      `request.arrayBuffer()).byteLength))\n`,
  },
}

const flask: RealApp = {
  domain: 'flask.test',
  runtime: 'python',
  app: {},
  files: {
    'requirements.txt': 'flask\ngunicorn\n',
    'app.py': `
from flask import Flask, request
app = Flask(__name__)

@app.get('/')
def index():
    return 'hello from flask'

@app.post('/echo')
def echo():
    return str(len(request.get_data()))
`,
  },
}

const fastapi: RealApp = {
  domain: 'fastapi.test',
  runtime: 'python',
  app: { workers: 1, healthPath: '/' },
  files: {
    'requirements.txt': 'fastapi\nuvicorn\n',
    'main.py': `
from fastapi import FastAPI, Request
app = FastAPI()

@app.get('/')
def index():
    return 'hello from fastapi'

@app.post('/echo')
async def echo(request: Request):
    return len(await request.body())
`,
  },
}

/** As `django-admin startproject shop` makes it, less what it does not need. */
const django: RealApp = {
  domain: 'django.test',
  runtime: 'python',
  app: { static: [{ path: '/static', directory: 'staticfiles' }] },
  files: {
    'requirements.txt': 'django\n',
    'manage.py': `#!/usr/bin/env python
import os
import sys
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
`,
    'assets/shop.css': 'p { color: green }\n',
    '.env': 'canary\n',
    'shop/__init__.py': '',
    'shop/settings.py': `
SECRET_KEY = 'x' * 50
ALLOWED_HOSTS = ['django.test']
ROOT_URLCONF = 'shop.urls'
DATA_UPLOAD_MAX_MEMORY_SIZE = None
INSTALLED_APPS = ['django.contrib.staticfiles']
STATIC_URL = '/static/'
STATIC_ROOT = 'staticfiles'
STATICFILES_DIRS = ['assets']
`,
    'shop/urls.py': `
from django.http import HttpResponse
from django.urls import path
urlpatterns = [
    path('', lambda request: HttpResponse('hello from django')),
    path('echo', lambda request: HttpResponse(str(len(request.body)))),
]
`,
    'shop/wsgi.py': `
import os
from django.core.wsgi import get_wsgi_application
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')
application = get_wsgi_application()
`,
  },
}

export const realApps = [express, sockets, django, astro, flask, fastapi]

/** Makes the site and puts the files there; its tools ask the registries that can be reached. */
export async function addRealApp(
  machine: Machine,
  panel: Api,
  { domain, runtime, app, files }: RealApp,
): Promise<void> {
  const { status, body } = await panel.post('/sites', { domain, runtime, app })
  if (status !== 201) throw new Error(JSON.stringify(body))
  for (const [name, content] of Object.entries(files)) {
    await output(machine, 'install', '-D', '/dev/null', `${body.root}/${name}`)
    await writeFile(machine, `${body.root}/${name}`, content)
  }
  if (runtime === 'node') await writeFile(machine, `${body.root}/.npmrc`, await npmConfiguration())
  await output(machine, 'chown', '-R', `${body.user}:`, body.root as string)
  const env =
    runtime === 'node'
      ? { NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt', ASTRO_TELEMETRY_DISABLED: '1' }
      : { PIP_INDEX_URL: indexUrl }
  const set = await panel.patch(`/sites/${domain}/app`, { env })
  if (set.status !== 200) throw new Error(JSON.stringify(set.body))
}
