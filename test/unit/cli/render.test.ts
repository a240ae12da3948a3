import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { readEvents } from '../../../lib/cli/events.ts'
import { drawProgress } from '../../../lib/cli/progress.ts'
import { render } from '../../../lib/cli/render.ts'
import { quote } from '../../../lib/cli/values.ts'

const look = { coloured: false, columns: Infinity }
const sites = [
  {
    domain: 'a.test',
    runtime: 'php',
    aliases: ['b.test', 'c.test'],
    phpVersion: '8.2',
    proxyTo: null,
    phpSettings: { memoryLimitMb: 128 },
    enabled: true,
  },
  {
    domain: 'longer.test',
    runtime: 'static',
    aliases: [],
    phpVersion: null,
    proxyTo: null,
    phpSettings: {},
    enabled: false,
  },
]

it('draws a list as a table, without what is nested or empty everywhere', () => {
  expect(render({ sites }, look)).toBe(
    [
      'DOMAIN       RUNTIME  ALIASES         PHP-VERSION  ENABLED',
      'a.test       php      b.test, c.test  8.2          yes',
      'longer.test  static   -               -            no',
      '',
    ].join('\n'),
  )
  expect(render({ sites }, { ...look, columns: 52 })).toBe(
    'DOMAIN       RUNTIME  ALIASES         PHP-VERSION\na.test       php      b.test, c.test  ' +
      '8.2\nlonger.test  static   -               -\n',
  )
  expect(render({ sites }, { ...look, columns: 40 })).toBe(
    'DOMAIN       RUNTIME  ALIASES\na.test       php      b.test, c.test\nlonger.test  static   -\n',
  )
  expect(render({ rows: [{ name: 'a', on: true, list: Array(20).fill('abc') }] }, { ...look, columns: 46 })).toBe(
    `NAME  LIST\na     ${'abc, '.repeat(7)}abc,…\n`,
  )
  expect(render({ sites }, { ...look, columns: 5 })).toBe('DOMAIN\na.test\nlonger.test\n')
  expect(render({ sites: [] }, look)).toBe('No sites\n')
  expect(render({ entries: [{ id: 1 }], next: 'abc' }, look)).toBe('ID\n1\n\nnext  abc\n')
})

it('draws a thing as lines, with the names that options have', () => {
  expect(render(sites[0], look)).toBe(
    [
      'domain                       a.test',
      'runtime                      php',
      'aliases                      b.test, c.test',
      'php-version                  8.2',
      'proxy-to                     -',
      'php-settings.memory-limit-mb  128'.replace('-mb  ', '-mb '),
      'enabled                      yes',
      '',
    ]
      .join('\n')
      .replaceAll(/^(\S+) +/gm, (_, name: string) => `${name.padEnd(28)}  `),
  )
  expect(render({ status: 'ok', services: [{ name: 'nginx', state: 'up' }] }, look)).toBe(
    'status  ok\n\nservices\nNAME   STATE\nnginx  up\n',
  )
  expect(render(null, look)).toBe('Done\n')
})

const changes = [
  {
    action: 'create',
    kind: 'file',
    name: '/etc/x',
    summary: 'root:root 0644',
    diff: '@@ -0,0 +1 @@\n+new\n-old\n same\n',
  },
  { action: 'delete', kind: 'account', name: 's-a', summary: '' },
]

it('draws changes with their diffs', () => {
  expect(render({ changes }, look)).toBe(
    '+ create file /etc/x: root:root 0644\n    @@ -0,0 +1 @@\n    +new\n    -old\n     same\n- delete account s-a\n',
  )
  expect(render({ changes }, { ...look, coloured: true })).toContain(
    '    \x1b[32m+new\x1b[0m\n    \x1b[31m-old\x1b[0m\n',
  )
  expect(render({ changes: [] }, look)).toBe('Nothing to change on the server\n')
})

it('hands a terminal nothing that it obeys', () => {
  const hostile = 'a\x1b]0;owned\x07\u202eb\u009b2Jc\r\n'
  for (const answer of [
    { rows: [{ name: hostile }] },
    { name: hostile },
    { list: [hostile] },
    { changes: [{ action: 'update', kind: 'file', name: hostile, summary: hostile, diff: `+${hostile}` }] },
    { deep: { list: [{ name: hostile }] } },
  ]) {
    expect(render(answer, look)).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
  }
  expect(render({ name: hostile }, look)).toBe('name  a\\u001b]0;owned\\u0007\\u202eb\\u009b2Jc\\u000d\\n\n')
  expect(quote(`${hostile}`)).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/)
})

function screen(isTTY: boolean) {
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 30 })
  const written = () => String(stderr.read() ?? '')
  return { written, progress: drawProgress({ stdin: new PassThrough(), stdout: new PassThrough(), stderr, env: {} }) }
}

function work({ progress }: ReturnType<typeof screen>, ok: boolean): void {
  progress.step('Fetch')
  progress.percent(40)
  progress.output('(Reading ... 5%\rGet:1 a very long line of output that does not fit')
  progress.step('Install')
  progress.end(ok)
}

it('draws progress line by line where nothing can be written over', () => {
  const plain = screen(false)
  work(plain, true)
  expect(plain.written()).toBe('  0% Fetch\n 40% Install\n100% done\n')
  work(plain, false)
  expect(plain.written()).toBe(
    ' 40% Fetch\n 40% Install\n    Get:1 a very long line of output that does not fit\n    Get:1 a very long ' +
      'line of output that does not fit\n',
  )
})

it('draws progress on one line a step on a terminal', () => {
  const live = screen(true)
  work(live, true)
  expect(live.written().split('\r\x1b[K').slice(1)).toEqual([
    '· Fetch',
    '· Fetch 40%',
    '· Fetch 40%  Get:1 a very lo…',
    '\x1b[32m✓\x1b[0m Fetch\n',
    '· Install',
    '\x1b[32m✓\x1b[0m Install\n',
  ])
})

it('reads server-sent events however they are cut', async () => {
  const text = ': hello\n\nid: 7\nevent: step\ndata: {"name":"ü"}\n\ndata: a\r\ndata: b\r\n\r\nevent: lost\n'
  for (const size of [1, 2, 3, 7, 1000]) {
    const bytes = Buffer.from(text)
    const stream = new PassThrough()
    for (let at = 0; at < bytes.length; at += size) stream.write(bytes.subarray(at, at + size))
    stream.end()
    const read = []
    for await (const event of readEvents(stream)) read.push(event)
    expect(read).toEqual([
      { id: '7', event: 'step', data: '{"name":"ü"}' },
      { id: '7', event: 'message', data: 'a\nb' },
    ])
  }
})
