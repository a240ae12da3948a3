import { describe, expect, it } from 'vitest'
import { describeSite } from '../../../../lib/agent/sites/describe-site.ts'
import { newApp } from '../../../../lib/model/apps/schema.ts'
import type { Resource } from '../../../../lib/agent/resources/resource.ts'
import { siteSpec } from '../../../_site-spec.ts'
import { facts } from '../../_facts.ts'
import { outline } from './_outline.ts'

describe('an app', () => {
  const spec = siteSpec({
    runtime: 'python',
    app: { ...newApp('python', 20_001), env: { SECRET: 'canary' }, command: ['python', 'app.py'] },
  })
  const own = (resources: Resource[]) =>
    outline(resources).filter((line) => /\/(?:app|home|tmp|venv|public)\b|hosting-panel\/apps/.test(line))

  it('has folders that are its user’s alone, and what runs it', () => {
    const user = 's-example-test-9b263fbc'
    expect(own(describeSite(spec, facts))).toEqual([
      `directory /var/www/example.test/app ${user}:${user} 700`,
      `directory /var/www/example.test/home ${user}:${user} 700`,
      `directory /var/www/example.test/tmp ${user}:${user} 700`,
      `directory /var/www/example.test/venv ${user}:${user} 700`,
      `file /etc/hosting-panel/apps/${user}.env root:${user} 640`,
      `file /etc/hosting-panel/apps/${user}.nft root:root 600`,
      `file /etc/hosting-panel/apps/${user}.json root:root 600`,
    ])
  })

  it('tells its secrets to nobody but its environment, which no plan shows', () => {
    const telling = describeSite(spec, facts).filter((resource) => JSON.stringify(resource).includes('canary'))
    expect(telling.map(({ name, secret }) => [name, secret])).toEqual([
      ['/etc/hosting-panel/apps/s-example-test-9b263fbc.env', true],
    ])
  })
})
