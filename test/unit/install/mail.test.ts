import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

interface Taken {
  refused: [code: number, text: string] | null
  sender: string
  recipients: string[]
  text: string
  /** The most memory that reading it took (MB). */
  memory: number
}

const program = `
import io, json, resource, sys
sys.path.insert(0, 'install/mail/parts')
sys.dont_write_bytecode = True
import accounts, message, relay
from refusal import Refused
class Settings:
    domains, sender = ['own.test'], 'noreply@own.test'
make, words, PART = json.loads(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
message.PART = PART
content = eval(make).encode('latin1') if make else sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
out, refused, mail = {}, None, None
try:
    mail = message.compose(io.BytesIO(content), message.parse_arguments(json.dumps(words).encode()), Settings)
    length, last = 0, b''
    for part in relay.as_data(mail.parts):
        length += len(part)
        if length < 100000: last += part
    out = {'sender': mail.sender, 'recipients': mail.recipients, 'text': last.decode('latin1')}
except Refused as error:
    refused = [error.code, error.text]
memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
print(json.dumps({**out, 'refused': refused, 'memory': memory}))
`

/** Reads a message as the mail service does; \`made\` is Python for one that is too long to be written here. */
function take(text: string, { words = ['-t'], made = '', part = 65_536 } = {}): Taken {
  const args = ['-c', program, JSON.stringify(made), JSON.stringify(words), String(part)]
  const { stdout, stderr } = spawnSync('python3', args, { input: Buffer.from(text, 'latin1'), encoding: 'utf8' })
  expect(stderr).toBe('')
  return JSON.parse(stdout) as Taken
}

/** The message without the fields that are made. */
const kept = ({ text }: Taken) => text.replaceAll(/^(?:From|Date|Message-ID): .*\r\n/gm, '')

describe('a message', () => {
  it.each([1, 2, 3, 7, 65_536])('is the same however it arrives: in parts of %i', (part) => {
    const lines = 'From x\nTo: a@b.test,\r\n c@d.test\rSubject: x\nBcc: e@f.test\n\n.\n..two\r\n\rlast\0.\n.'
    const taken = take(lines, { part })
    expect(taken).toMatchObject({ sender: 'noreply@own.test', recipients: ['a@b.test', 'c@d.test', 'e@f.test'] })
    expect(kept(taken)).toBe('To: a@b.test,\r\n c@d.test\r\nSubject: x\r\n\r\n..\r\n...two\r\n\r\nlast.\r\n..\r\n.\r\n')
  })

  it('needs no header, and may end anywhere', () => {
    const words = ['a@b.test']
    for (const [text, body] of [
      ['', ''],
      ['\n', ''],
      ['only text', 'only text\r\n'],
      ['\n.\n', '..\r\n'],
      ['Subject: x', ''],
      ['Subject: x\nno field\n\nrest', 'no field\r\n\r\nrest\r\n'],
    ])
      expect([text, kept(take(text!, { words })).replace('Subject: x\r\n', '')]).toEqual([text, `\r\n${body}.\r\n`])
  })

  it.each([
    ['continuation lines without number', "'To: a@b.test\\nX: x' + '\\n ' * 10_000_000", 'The header is longer'],
    ['fields without number', "'a:\\n' * 8_000_000", 'The header is longer'],
    ['a field without end', "'To: ' + 'x' * 25_000_000", 'The header is longer'],
    ['addresses without number', "'To: ' + 'a@b.test, ' * 10_000", 'The recipients are longer'],
    ['many names', "'To: ' + 'a@b.test, ' * 3_000", null],
    ['open comments', "'To: ' + '(' * 30_000", 'recipient'],
    ['open quotes', "'To: ' + '\"' * 30_000", 'recipient'],
    ['open groups', "'To: ' + 'a:<' * 10_000", ''],
    ['a sender of comments', "'To: a@b.test\\nFrom: ' + '(' * 30_000", null],
    ['empty lines alone', "'To: a@b.test\\n\\n' + '\\n' * 25_000_000", null],
    ['dots alone', "'To: a@b.test\\n\\n' + '.\\n' * 12_000_000", null],
    ['text without a header', "'x\\n' * 12_000_000", 'The message names no recipient'],
  ])('of %s takes little memory, and no time that grows faster than it', (_what, made, refusal) => {
    const { refused, memory } = take('', { made })
    if (refusal) expect(refused?.[1]).toContain(refusal)
    expect(memory).toBeLessThan(16)
  })

  it('of arguments that nest without end is refused', () => {
    const source = `import sys; sys.path.insert(0, 'install/mail/parts'); sys.dont_write_bytecode = True
import message
from refusal import Refused
try: message.parse_arguments(b'[' * 60_000)
except Refused as error: print(error.text)`
    expect(spawnSync('python3', ['-c', source], { encoding: 'utf8' }).stdout).toBe('The arguments are broken\n')
  })
})

describe('a sender', () => {
  const source = `
import sys; sys.path.insert(0, 'install/mail/parts'); sys.dont_write_bytecode = True
import accounts
accounts.SETTINGS = sys.argv[1]
settings = accounts.settings_of(accounts.Site('s-a', 'a.test'))
print(settings.sender, settings.domains)
`
  /** The sender in use, and the domains that mail may come from. */
  function senderWith(own: object, names: string[] = ['a.test', 'b.test']): string {
    const folder = mkdtempSync(join(tmpdir(), 'mail-'))
    writeFileSync(join(folder, 's-a.json'), JSON.stringify(own))
    writeFileSync(join(folder, 's-a.names'), `${names.join('\n')}\n`)
    writeFileSync(join(folder, 'server.json'), JSON.stringify({ account: { host: 'server' } }))
    return spawnSync('python3', ['-c', source, folder], { encoding: 'utf8' }).stdout.trim()
  }

  it('through the server’s account is of a name that the site has when it sends', () => {
    expect(senderWith({ sender: 'x@shop.b.test' })).toBe("x@shop.b.test ['a.test', 'shop.b.test']")
    expect(senderWith({ sender: 'x@b.test' }, ['a.test'])).toBe("noreply@a.test ['a.test']")
    expect(senderWith({ sender: 'x@notb.test' })).toBe("noreply@a.test ['a.test']")
  })

  it('may be any that an administrator chose, or that the site’s own account takes', () => {
    expect(senderWith({ sender: 'x@c.test', anySender: true })).toBe("x@c.test ['a.test', 'c.test']")
    expect(senderWith({ sender: 'x@c.test', account: { host: 'own' } })).toBe("x@c.test ['a.test', 'c.test']")
  })
})

it('a message that was sent, it seems, at a time that is still to come counts for no hour', () => {
  const script = `import sys
sys.path.insert(0, 'install/mail/parts')
sys.dont_write_bytecode = True
import accounts
print([accounts.is_recent(at, 10000) for at in (6400, 6401, 10000, 10001, 34570000)])`
  const { stdout, stderr } = spawnSync('python3', ['-c', script], { encoding: 'utf8' })
  expect([stderr, stdout]).toEqual(['', '[False, True, True, False, False]\n'])
})
