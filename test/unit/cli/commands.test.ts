import { expect, it } from 'vitest'
import { nameCommands } from '../../../lib/cli/commands.ts'
import { operationsOf } from '../../../lib/cli/document.ts'
import { common, fieldsOf } from '../../../lib/cli/fields.ts'
import { localCommands } from '../../../lib/cli/local.ts'
import { manifest } from '../../../functions/manifest.ts'
import { commands, document, operation } from './_document.ts'

const named = new Map(commands.map(({ words, operation: { method, path } }) => [`${method} ${path}`, words.join(' ')]))

it('reaches every function of the panel', () => {
  expect(
    operationsOf(document)
      .map(({ method, path }) => `${method} ${path}`)
      .sort(),
  ).toEqual(Object.keys(manifest).sort())
  expect([...named.keys()].sort()).toEqual(Object.keys(manifest).sort())
})

it('gives no two commands the same words, and none that are its own', () => {
  const all = [...named.values(), ...localCommands.map(({ words }) => words.join(' ')), 'completion', 'help']
  expect(all.filter((words, index) => all.indexOf(words) !== index)).toEqual([])
  expect(all.filter((words) => !/^[a-z][a-z0-9-]*(?: [a-z][a-z0-9-]*)*$/.test(words))).toEqual([])
})

it('gives no two values of a command the same option, and none a common one', () => {
  for (const { words, operation: one } of commands) {
    const options = fieldsOf(one).map(({ option }) => option)
    expect(
      options.filter((option, index) => options.indexOf(option) !== index || Object.hasOwn(common, option)),
      words.join(' '),
    ).toEqual([])
  }
})

it.each([
  ['GET /api/sites', 'sites list'],
  ['POST /api/sites', 'sites create'],
  ['GET /api/sites/{site}', 'sites show'],
  ['PATCH /api/sites/{site}', 'sites update'],
  ['DELETE /api/sites/{site}', 'sites delete'],
  ['POST /api/sites/{site}/rename', 'sites rename'],
  ['GET /api/php/versions', 'php versions list'],
  ['POST /api/php/versions', 'php versions install'],
  ['DELETE /api/php/versions/{version}', 'php versions delete'],
  ['GET /api/node/versions', 'node versions list'],
  ['POST /api/node/versions', 'node versions install'],
  ['DELETE /api/node/versions/{version}', 'node versions delete'],
  ['GET /api/settings', 'settings show'],
  ['PATCH /api/settings', 'settings update'],
  ['GET /api/health', 'health show'],
  ['GET /api/drift', 'drift show'],
  ['POST /api/drift', 'drift converge'],
  ['GET /api/jobs', 'jobs list'],
  ['GET /api/jobs/{job}/events', 'jobs events'],
  ['GET /api/usage', 'usage show'],
  ['DELETE /api/account/sessions', 'account sessions clear'],
  ['DELETE /api/account/sessions/{session}', 'account sessions delete'],
  ['POST /api/account/totp/confirm', 'account totp confirm'],
  ['GET /api/audit', 'audit list'],
  ['GET /api/audit/export', 'audit export'],
  ['PATCH /api/users/{user}', 'users update'],
  ['POST /api/tokens', 'tokens create'],
  ['GET /api/databases/{db}/export', 'databases export'],
  ['POST /api/databases/{db}/export', 'databases keep-export'],
  ['POST /api/databases/{db}/import', 'databases import'],
  ['PATCH /api/databases/{db}/users/{user}', 'databases users update'],
  ['DELETE /api/databases/{db}/queries/{query}', 'databases queries delete'],
  ['GET /api/dumps/{dump}', 'dumps download'],
  ['POST /api/dumps/{dump}/restore', 'dumps restore'],
  ['DELETE /api/jobs/{job}', 'jobs delete'],
  ['GET /api/sites/{site}/app/env', 'sites app env show'],
  ['PATCH /api/sites/{site}/app/env', 'sites app env set'],
])('%s is called %s', (name, words) => expect(named.get(name)).toBe(words))

const list = {
  type: 'application/json',
  schema: { properties: { rules: { type: 'array', items: { properties: {} } }, enabled: { type: 'boolean' } } },
}
const one = { type: 'application/json', schema: { properties: { state: { type: 'string' } } } }

it.each([
  [
    'the path’s own verb',
    operation('POST', '/api/sites/{site}/app/restart', { audit: 'app.restart' }),
    'sites app restart',
  ],
  [
    'a verb that the audit has with its noun',
    operation('POST', '/api/deploys/{id}/rollback', { audit: 'site.deploy_rollback' }),
    'deploys rollback',
  ],
  [
    'an action without a noun of its own',
    operation('POST', '/api/firewall/confirm', { audit: 'firewall.confirm' }),
    'firewall confirm',
  ],
  [
    'a POST that is neither',
    operation('POST', '/api/sites/{site}/certificate', { audit: 'certificate.issue' }),
    'sites certificate issue',
  ],
  [
    'its own certificate',
    operation('PUT', '/api/sites/{site}/certificate', { audit: 'certificate.set' }),
    'sites certificate set',
  ],
  ['a POST to what is named', operation('POST', '/api/webhooks/{site}', { audit: 'webhook' }), 'webhooks create'],
  ['a verb that another method has', operation('POST', '/api/things/{id}', { audit: 'thing.update' }), 'things send'],
  [
    'a stream',
    operation('GET', '/api/databases/{db}/export', { answer: { type: 'application/sql', schema: {} } }),
    'databases export',
  ],
  ['a list', operation('GET', '/api/firewall/rules', { answer: list }), 'firewall rules list'],
  ['one thing', operation('GET', '/api/sites/{site}/app', { answer: one }), 'sites app show'],
  [
    'camelCase',
    operation('POST', '/api/account/recoveryCodes', { audit: 'account.renewCodes' }),
    'account recovery-codes renew-codes',
  ],
])('names %s', (_, given, words) => expect(nameCommands([given])[0]!.words.join(' ')).toBe(words))
