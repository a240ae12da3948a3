import { describe, expect, it } from 'vitest'
import type { FirewallRule } from '../../../lib/model/firewall/schema.ts'
import {
  append,
  defaults,
  disable,
  enable,
  insert,
  nextStep,
  ownLines,
  reload,
  remove,
  status,
  wantedLines,
} from '../../../lib/drivers/ufw/commands.ts'
import { duplicates, lineOf, parseRules, reaches, wantedRules, type Rule } from '../../../lib/drivers/ufw/rules.ts'

const rule = (more: Partial<Rule> = {}): Rule => ({
  action: 'allow',
  port: '3306',
  protocol: 'tcp',
  source: null,
  comment: 'MySQL',
  own: true,
  ...more,
})
const stored = (more: Partial<FirewallRule> = {}): FirewallRule => ({
  id: 'x',
  action: 'allow',
  port: '3306',
  protocol: 'tcp',
  source: null,
  comment: '',
  ...more,
})
const hex = (text: string) => Buffer.from(text).toString('hex')

describe('UFW’s commands', () => {
  it('are whole', () => {
    expect([status(), enable(), disable(), reload()]).toEqual([
      ['ufw', 'status'],
      ['ufw', '--force', 'enable'],
      ['ufw', '--force', 'disable'],
      ['ufw', 'reload'],
    ])
    expect(defaults()).toEqual([
      ['ufw', 'default', 'deny', 'incoming'],
      ['ufw', 'default', 'allow', 'outgoing'],
    ])
    expect(append(rule())).toEqual([
      'ufw',
      'allow',
      'proto',
      'tcp',
      'from',
      'any',
      'to',
      'any',
      'port',
      '3306',
      'comment',
      'hosting-panel: MySQL',
    ])
    expect(
      insert(2, rule({ action: 'deny', port: null, protocol: 'any', source: '2001:db8::/32', comment: '' })),
    ).toEqual(['ufw', 'insert', '2', 'deny', 'from', '2001:db8::/32', 'to', 'any', 'comment', 'hosting-panel: '])
    expect(remove(rule({ port: '6000:6010', protocol: 'udp', source: '192.0.2.7' }))).toEqual([
      'ufw',
      '--force',
      'delete',
      'allow',
      'proto',
      'udp',
      'from',
      '192.0.2.7',
      'to',
      'any',
      'port',
      '6000:6010',
    ])
  })
})

describe('UFW’s own list', () => {
  const text = `*filter
### RULES ###

### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in comment=${hex('hosting-panel: SSH')}
-A ufw-user-input -p tcp --dport 22 -j ACCEPT
### tuple ### deny any any 0.0.0.0/0 any 192.0.2.0/24 in comment=${hex('by hand')}
### tuple ### limit udp 6000:6010 0.0.0.0/0 any 0.0.0.0/0 in
### tuple ### allow_log tcp 80,443 0.0.0.0/0 any 0.0.0.0/0 Nginx%20Full - in
### tuple ### route:allow tcp 80 10.0.0.2 any 0.0.0.0/0 in_eth0
### tuple ### deny tcp 25 0.0.0.0/0 any 0.0.0.0/0 out
### END RULES ###
`
  it('is read rule by rule; what the panel has no words for keeps its place and fits nothing', () => {
    expect(parseRules(text)).toEqual([
      rule({ port: '22', comment: 'SSH' }),
      rule({ action: 'deny', port: null, protocol: 'any', source: '192.0.2.0/24', comment: 'by hand', own: false }),
      rule({ action: 'limit', port: '6000:6010', protocol: 'udp', comment: '', own: false }),
      ...Array(3).fill(rule({ action: 'deny', port: '0', protocol: 'any', comment: '', own: false })),
    ])
    expect(parseRules('')).toEqual([])
  })
})

describe('what is wanted', () => {
  it('is people’s rules, then the built-in ones they have not written themselves', () => {
    expect(
      wantedRules([stored({ port: '80', action: 'deny' }), stored({ source: '192.0.2.7' })], [22, 2222]).map(lineOf),
    ).toEqual([
      'deny tcp 80 any # ',
      'allow tcp 3306 192.0.2.7 # ',
      'allow tcp 22 any # SSH',
      'allow tcp 2222 any # SSH',
      'allow tcp 443 any # HTTPS',
      'allow tcp 8080 any # Panel',
      'allow tcp 8081 any # Database tool',
    ])
    expect(duplicates([stored(), stored({ action: 'deny' }), stored({ source: '192.0.2.7' })])).toEqual([
      stored({ action: 'deny' }),
    ])
  })

  it('is split by family', () => {
    const all = [
      rule(),
      rule({ source: '192.0.2.7', comment: 'four' }),
      rule({ source: '2001:db8::1', comment: 'six' }),
    ]
    expect([wantedLines(all, 4), wantedLines(all, 6)]).toEqual([
      ['allow tcp 3306 any # MySQL', 'allow tcp 3306 192.0.2.7 # four'],
      ['allow tcp 3306 any # MySQL', 'allow tcp 3306 2001:db8::1 # six'],
    ])
  })
})

/** UFW as it behaves: one list a family, a rule of both in each. */
function follow(start: readonly Rule[], wanted: readonly Rule[]): { lines: string[]; steps: number } {
  const lists = { 4: [...start], 6: start.filter(({ source }) => source === null) }
  for (let steps = 0; steps < 50; steps++) {
    const step = nextStep(lists, wanted)
    if (!step) return { lines: ownLines(lists[4]), steps }
    const position = step[1] === 'insert' ? Number(step[2]) : 0
    const found = wanted.find((one) => append(one).slice(1).join() === step.slice(position ? 3 : 1).join())
    for (const family of [4, 6] as const) {
      if (step[2] === 'delete') lists[family] = lists[family].filter((one) => remove(one).join() !== step.join())
      else if (found && (family === 4 || found.source === null))
        lists[family].splice(position ? position - 1 : lists[family].length, 0, found)
    }
  }
  throw new Error('it does not end')
}

describe('the way from one list to another', () => {
  const [a, b, c, d] = ['1', '2', '3', '4'].map((port) => rule({ port, comment: port })) as [Rule, Rule, Rule, Rule]
  const foreign = rule({ port: '9', own: false, comment: '' })
  it.each([
    ['nothing to do', [a, b], [a, b], 0],
    ['one more at the end', [a], [a, b], 1],
    ['one more in front', [b], [a, b], 1],
    ['one in between', [a, c], [a, b, c], 1],
    ['one less', [a, b, c], [a, c], 1],
    ['moved to the front', [a, b, c], [c, a, b], 4],
    ['all anew', [a, b], [c, d], 4],
    ['from nothing', [], [a, b, c], 3],
    ['past another’s rule', [foreign, b], [a, b], 1],
  ] as const)('%s', (_what, start, wanted, most) => {
    const { lines, steps } = follow(start, wanted)
    expect(lines).toEqual(wanted.map(lineOf))
    expect(steps).toBeLessThanOrEqual(most)
  })

  it('deletes no rule of others', () => {
    expect(nextStep({ 4: [foreign], 6: [foreign] }, [])).toBeNull()
  })
})

it.each([
  [[], '192.0.2.7', false],
  [[rule({ port: '8080' })], '192.0.2.7', true],
  [[rule({ port: '8080', protocol: 'udp' })], '192.0.2.7', false],
  [
    [rule({ action: 'deny', port: null, protocol: 'any', source: '192.0.2.0/24' }), rule({ port: '8080' })],
    '192.0.2.7',
    false,
  ],
  [[rule({ port: '8080' }), rule({ action: 'deny', port: null, source: '192.0.2.0/24' })], '192.0.2.7', true],
  [[rule({ action: 'deny', port: '8000:9000' }), rule({ port: '8080' })], '2001:db8::1', false],
  [[rule({ action: 'limit', port: '8080', source: '2001:db8::/32' })], '2001:db8::1', true],
] as [Rule[], string, boolean][])('the first rule that fits decides (%#)', (rules, address, reached) => {
  expect(reaches(rules, address, 8080)).toBe(reached)
})
