import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { maySet, restrictionOf } from '../../../../lib/model/auth/set-by.ts'
import { openBasedir } from '../../../../lib/model/sites/open-basedir.ts'
import { iniChanges, iniDirectives, iniSettings } from '../../../../lib/model/sites/php-ini.ts'

const problem = (ini: object, schema: v.GenericSchema = iniSettings): string | null => {
  const { issues } = v.safeParse(schema, ini)
  return issues ? `${v.getDotPath(issues[0])}: ${issues[0].message}` : null
}

describe('directives of PHP', () => {
  it('take the values of their table', () => {
    const right = {
      'session.gc_maxlifetime': '7200',
      'session.cookie_samesite': 'None',
      max_input_time: '-1',
      short_open_tag: 'on',
      realpath_cache_size: '4096K',
      disable_functions: 'exec,shell_exec',
    }
    expect(v.parse(iniSettings, right)).toEqual(right)
    expect(v.parse(iniChanges, { short_open_tag: null })).toEqual({ short_open_tag: null })
  })

  it('refuse others, and say which they take', () => {
    expect(problem({ 'session.gc_maxlifetime': '59' })).toBe(
      'session.gc_maxlifetime: session.gc_maxlifetime takes a whole number from 60 to 31536000',
    )
    expect(problem({ short_open_tag: '1' })).toBe('short_open_tag: short_open_tag takes on or off')
    expect(problem({ realpath_cache_size: '1G' })).toMatch(/at most 64M/)
    expect(problem({ open_basedir: '/' })).toMatch(
      /^open_basedir: This directive cannot be set for one site; these can:/,
    )
    for (const name of ['sendmail_path', 'extension', 'auto_prepend_file', 'toString', 'a]\nuser = root'])
      expect(problem({ [name]: null }, iniChanges)).toMatch(/cannot be set/)
  })

  it('refuse in every directive what would be more than a value', () => {
    const attacks = [
      'on"',
      '1\n[x]',
      '1\nuser = root',
      '$(id)',
      '${PATH}',
      '1;',
      '-',
      '',
      ' 1',
      '1 ',
      '0x10',
      '1e3',
      '\0',
      '%n',
      "'",
    ]
    for (const name of Object.keys(iniDirectives)) {
      for (const attack of attacks) expect([name, attack, problem({ [name]: attack })]).not.toContain(null)
    }
  })
})

describe('paths for open_basedir', () => {
  const refused = (path: string) => v.safeParse(openBasedir, [path]).success === false

  it('are folders and files of the server, none of other sites or of its own', () => {
    expect(v.parse(openBasedir, ['/usr/share/php', '/etc/dokuwiki', '/srv/data/a.b'])).toHaveLength(3)
    const bad = [
      '/',
      'usr',
      '/usr/',
      '/usr//x',
      '/usr/../etc',
      '/usr/..',
      '/usr/./x',
      '/a:b',
      '/a b',
      '/a\n',
      '/a"',
      '/a;',
    ]
    for (const path of [...bad, '/var', '/var/www', '/var/www/other.test', '/etc/hosting-panel/x', '/proc/1', '/root'])
      expect([path, refused(path)]).toEqual([path, true])
    expect(refused('/var/wwwx')).toBe(false)
  })

  it('are below /usr/share where the owner of a site gives them', () => {
    const owner = { role: 'user', site: null } as never
    const may = (paths: string[]) => maySet(restrictionOf(openBasedir)!, paths, owner)
    expect([may(['/usr/share/php']), may(['/usr/share/php', '/etc/dokuwiki']), may(['/usr/sharex'])]).toEqual([
      true,
      false,
      false,
    ])
  })
})
