import { expect } from 'vitest'
import { indexUrl } from '../../machine/apps/_index.ts'
import { createDatabase, sql } from '../../machine/databases/_helpers.ts'
import type { Place, Program } from './_programs.ts'
import { hidden, picture, type Visitor } from './_visitor.ts'

const PASSWORD = 'a long enough one'

const app = {
  'models.py': `from django.db import models

class Tea(models.Model):
    name = models.CharField(max_length=50)
    picture = models.FileField(upload_to='teas')
`,
  'admin.py': `from django.contrib import admin
from .models import Tea

admin.site.register(Tea)
`,
}

const settings = `
import os
ALLOWED_HOSTS = ['django.test']
INSTALLED_APPS += ['teas']
STATIC_ROOT = BASE_DIR / 'staticfiles'
MEDIA_URL = '/media/'
MEDIA_ROOT = BASE_DIR / 'media'
DATABASES = {'default': {
    'ENGINE': 'django.db.backends.mysql',
    'HOST': os.environ['DATABASE_SOCKET'],
    'NAME': 'django',
    'USER': os.environ['DATABASE_USER'],
    'PASSWORD': os.environ['DATABASE_PASSWORD'],
}}
`

async function signIn({ visitor }: Place): Promise<Visitor> {
  const who = visitor()
  const fields = hidden(await who.get('/admin/login/?next=/admin/'))
  const { status, headers } = await who.form('/admin/login/?next=/admin/', {
    ...fields,
    username: 'keeper',
    password: PASSWORD,
  })
  expect([status, headers.location]).toEqual([302, '/admin/'])
  return who
}

/** Adds a tea with its picture in the admin. */
async function use(place: Place): Promise<void> {
  const who = await signIn(place)
  const fields = hidden(await who.get('/admin/teas/tea/add/'))
  const file = { field: 'picture', name: 'tea.png', type: 'image/png', content: picture(200) }
  const { status, headers } = await who.upload('/admin/teas/tea/add/', { ...fields, name: 'Oolong' }, file)
  expect([status, headers.location]).toEqual([302, '/admin/teas/tea/'])
  await place.run('python manage.py clearsessions')
}

async function look(place: Place): Promise<void> {
  const { visitor, machine } = place
  const page = await visitor().get('/admin/login/')
  expect([page.status, page.body]).toEqual([200, expect.stringContaining('Django administration')])
  const style = /href="(\/static\/[^"]+\.css)"/.exec(page.body)?.[1]
  for (const [path, type] of [
    [style!, 'text/css'],
    ['/media/teas/tea.png', 'image/png'],
  ]) {
    const { status, headers } = await visitor().get(path!)
    expect([path, status, headers['content-type']]).toEqual([path, 200, type])
  }
  const who = await signIn(place)
  expect((await who.get('/admin/teas/tea/')).body).toContain('1 tea')
  expect(await sql(machine, 'django', 'SELECT name FROM teas_tea')).toBe('Oolong')
  for (const path of ['/settings.py', '/static/../manage.py', '/manage.py'])
    expect([path, (await visitor().get(path)).status]).toEqual([path, 404])
}

/** Django's tutorial: a project, an app with a model, its admin; the database is the panel's. */
export const django: Program = {
  domain: 'django.test',
  front: '/admin/login/',
  packages: [],
  settings: {
    runtime: 'python',
    app: {
      static: [
        { path: '/static', directory: 'staticfiles' },
        { path: '/media', directory: 'media' },
      ],
    },
  },
  async install({ panel, domain, run, put, start }) {
    const { username, password, socket } = await createDatabase(panel, 'django', { site: domain })
    const env = {
      PIP_INDEX_URL: indexUrl,
      DATABASE_SOCKET: socket,
      DATABASE_USER: username,
      DATABASE_PASSWORD: password,
      DJANGO_SUPERUSER_PASSWORD: PASSWORD,
    }
    expect((await panel.patch(`/sites/${domain}/app`, { env })).status).toBe(200)
    await run('django-admin startproject shop . && python3 manage.py startapp teas')
    for (const [name, text] of Object.entries(app)) await put(`teas/${name}`, text)
    await put('added.py', settings)
    await run('cat added.py >> shop/settings.py; rm added.py')
    await put('requirements.txt', 'django\nmysqlclient\ngunicorn\n')
    await start()
    await run('python manage.py makemigrations && python manage.py migrate')
    await run('python manage.py createsuperuser --noinput --username keeper --email keeper@example.test')
  },
  use,
  look,
}
