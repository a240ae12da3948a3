import { describe, expect, it } from 'vitest'
import { deriveAdministrator } from '../../../lib/drivers/redis/administrator.ts'
import { isLikeModel, parseUser, renderUser, renderUsers } from '../../../lib/drivers/redis/acl.conf.ts'
import { decode, encode } from '../../../lib/drivers/redis/client.ts'
import * as commands from '../../../lib/drivers/redis/commands.ts'
import { bytesOfScripts } from '../../../lib/drivers/redis/scripts.ts'
import { renderRedis } from '../../../lib/drivers/redis/redis.conf.ts'

const administrator = 'b'.repeat(64)
const user = { name: 's-example-test-9b263fbc', hash: 'c'.repeat(64), scripts: true }

describe('redis.conf', () => {
  const head = `# Written by the hosting panel, which puts changes here back.
bind 127.0.0.1 -::1
protected-mode yes
port 6379
unixsocket /run/redis/redis-server.sock
unixsocketperm 777
tcp-backlog 511
tcp-keepalive 60
timeout 0
daemonize yes
pidfile /run/redis/redis-server.pid
logfile ""
syslog-enabled yes
syslog-ident redis-server
loglevel notice
dir /var/lib/redis
databases 1
dbfilename hosting-panel.rdb
save ""
appendonly no
maxmemory 100mb
maxmemory-policy allkeys-lru
maxclients 4000
client-query-buffer-limit 32mb
proto-max-bulk-len 16mb
client-output-buffer-limit normal 32mb 16mb 30
client-output-buffer-limit pubsub 8mb 4mb 30
`
  it('of 7.0', () =>
    expect(renderRedis({ version: [7, 0], administrator }, { ipv6: true })).toBe(
      `${head}maxmemory-clients 20%\nbusy-reply-threshold 2000\naclfile /etc/hosting-panel/redis.acl\n`,
    ))
  it('of 6.0, which knows no address that may be missing, and no limit for all clients', () => {
    expect(renderRedis({ version: [6, 0], administrator }, { ipv6: true })).toBe(
      `${head.replace(' -::1', ' ::1')}aclfile /etc/hosting-panel/redis.acl\n`,
    )
  })
  it('without IPv6', () =>
    expect(renderRedis({ version: [7, 0], administrator }, { ipv6: false })).toContain('bind 127.0.0.1\n'))
})

describe('who may do what', () => {
  const refused = '-@admin -@dangerous -@scripting'
  const scripts = '+eval +evalsha +eval_ro +evalsha_ro +script|load +script|exists'
  const rest = '+select -scan -randomkey -dbsize -pubsub -memory -client +client|setname +client|getname +client|id'
  it('in 7.0: keys, channels and scripts of one’s own', () => {
    expect(renderUser(user, [7, 0])).toBe(
      `user s-example-test-9b263fbc on #${user.hash} sanitize-payload ~s-example-test-9b263fbc:* resetchannels ` +
        '&s-example-test-9b263fbc:* -@all +@read +@write +@connection +@transaction +@pubsub ' +
        `${refused} ${scripts} ${rest} +info\n`,
    )
  })
  it('in 6.2: no scripts, which could change the interpreter', () =>
    expect(renderUser(user, [6, 2])).toContain(` +@pubsub ${refused} ${rest} +info`))
  it('without scripts, when its own had to be ended', () => {
    const plain = { ...user, scripts: false }
    expect(renderUser(plain, [7, 0])).toContain(` +@pubsub ${refused} ${rest} +info`)
    expect(parseUser(renderUser(plain, [7, 0]))).toEqual(plain)
  })
  it('in 6.0: no channels, as everybody would hear them', () => {
    expect(renderUser(user, [6, 0])).toBe(
      `user s-example-test-9b263fbc on #${user.hash} ~s-example-test-9b263fbc:* -@all +@read +@write ` +
        `+@connection +@transaction ${refused} ${rest} +info\n`,
    )
  })
  it('in 7.2: clients may say what they are', () =>
    expect(renderUser(user, [7, 2])).toContain('+client|id +client|setinfo +info'))

  it('of everybody, always in the same order', () => {
    const other = { name: 's-a-00000000', hash: 'd'.repeat(64), scripts: true }
    expect(renderUsers([user, other], { version: [7, 0], administrator })).toBe(`user default off resetchannels -@all
user hosting-panel on #${administrator} ~* &* +@all
${renderUser(other, [7, 0])}${renderUser(user, [7, 0])}`)
    expect(renderUsers([], { version: [6, 0], administrator })).toBe(`user default off -@all
user hosting-panel on #${administrator} ~* +@all
`)
  })

  it('is read back from a line, and from nothing else', () => {
    expect(parseUser(renderUser(user, [7, 0]))).toEqual(user)
    expect(parseUser(`user hosting-panel on #${administrator} ~* +@all`)).toBeNull()
    expect(parseUser('user s-a on nopass ~*')).toBeNull()
  })

  it('is told in Redis’s own words from a model', () => {
    const model = { name: 'm', hash: '0'.repeat(64), scripts: true }
    const like = (line: string) =>
      isLikeModel(line, user, `user m on #${model.hash} ~m:* resetchannels &m:* -@all +get -keys -scan`, model)
    expect(
      like(`user ${user.name} on #${user.hash} ~${user.name}:* resetchannels &${user.name}:* -@all +get -scan -keys`),
    ).toBe(true)
    expect(
      like(
        `user ${user.name} on #${'e'.repeat(64)} ~${user.name}:* resetchannels &${user.name}:* -@all +get -scan -keys`,
      ),
    ).toBe(false)
    expect(
      like(
        `user ${user.name} on #${user.hash} ~* ~${user.name}:* resetchannels &${user.name}:* -@all +get -scan -keys`,
      ),
    ).toBe(false)
    expect(
      like(`user ${user.name} on #${user.hash} ~${user.name}:* resetchannels &${user.name}:* -@all +get -scan`),
    ).toBe(false)
    expect(like('')).toBe(false)
  })

  it('has an administrator whose password only root can make', () => {
    expect(deriveAdministrator('1')).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(deriveAdministrator('1')).not.toBe(deriveAdministrator('2'))
  })
})

it('commands', () => {
  expect(commands.version()).toEqual(['redis-server', '--version'])
  expect(commands.signIn('a', 'b')).toEqual(['AUTH', 'a', 'b'])
  expect(commands.ping()).toEqual(['PING'])
  expect(commands.findCaller()).toEqual(['/usr/lib/hosting-panel/sockets/caller', '/run/redis/redis-server.pid'])
  expect(commands.listUsers()).toEqual(['ACL', 'LIST'])
  expect(commands.setUser('a', ['on'])).toEqual(['ACL', 'SETUSER', 'a', 'reset', 'on'])
  expect(commands.removeUser('a')).toEqual(['ACL', 'DELUSER', 'a'])
  expect(commands.endConnections('a')).toEqual(['CLIENT', 'KILL', 'USER', 'a'])
  expect(commands.keysOf('a', '7')).toEqual(['SCAN', '7', 'MATCH', 'a:*', 'COUNT', '5000'])
  expect(commands.removeKeys(['a:1', 'a:2'])).toEqual(['UNLINK', 'a:1', 'a:2'])
  expect(commands.moveKey('a:a:1', 'a', 'b')).toEqual(['RENAME', 'a:a:1', 'b:a:1'])
  expect(commands.killScript()).toEqual(['SCRIPT', 'KILL'])
  expect(commands.flushScripts()).toEqual(['SCRIPT', 'FLUSH', 'ASYNC'])
  expect(commands.memory()).toEqual(['INFO', 'memory'])
  expect(commands.isJsonChanged()).toEqual(['EVAL', expect.stringContaining('local fresh = cjson.new()'), '0'])
  expect(commands.bytesOf('a:1')).toEqual(['MEMORY', 'USAGE', 'a:1', 'SAMPLES', '5'])
})

it('scripts take what INFO says of them and of their interpreter', () => {
  expect(bytesOfScripts('used_memory:9\r\nused_memory_vm_eval:300\r\nused_memory_scripts_eval:20\r\n')).toBe(320)
  expect(bytesOfScripts('used_memory:9\r\n')).toBe(0)
})

describe('the wire', () => {
  const reply = (text: string) => decode(Buffer.from(text, 'latin1'), 0)
  it('takes words as bytes', () =>
    expect(encode(['UNLINK', 'a:\r\n\xff']).toString('latin1')).toBe('*2\r\n$6\r\nUNLINK\r\n$5\r\na:\r\n\xff\r\n'))
  it('reads every kind of reply', () => {
    expect(reply('+OK\r\n')).toEqual({ reply: 'OK', next: 5 })
    expect(reply(':-1\r\n')).toEqual({ reply: -1, next: 5 })
    expect(reply('$-1\r\n')).toEqual({ reply: null, next: 5 })
    expect(reply('-NOPERM no\r\n')).toEqual({ reply: new Error('NOPERM no'), next: 12 })
    expect(reply('*2\r\n$1\r\n0\r\n*2\r\n$4\r\na\r\nb\r\n$0\r\n\r\nrest')).toEqual({
      reply: ['0', ['a\r\nb', '']],
      next: 31,
    })
  })
  it('waits for what has not come yet', () => {
    for (const text of ['', '+O', '$3\r\nab', '*2\r\n:1\r\n', '$2\r\nab\r']) expect(reply(text)).toBeNull()
  })
})
