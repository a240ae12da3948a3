import { installedVersions } from '../drivers/php-fpm/index.ts'
import { failedUnitNames, hasSystemd, serviceState, type ServiceState } from '../drivers/systemd/index.ts'
import type { Output } from './protocol.ts'

/** The state of every service sites need. */
export async function health(recovered: string | null): Promise<Output<'health'>> {
  return { services: [await stateOf('nginx'), ...(await phpServices()), await stateOf('mariadb'), await stateOf('redis-server')], recovered }
}

const stateOf = async (name: string) => ({ name, state: await serviceState(name) })

/** With systemd PHP runs only while somebody asks, so it is well as long as no site's master has failed. */
async function phpServices(): Promise<Output<'health'>['services']> {
  const versions = await installedVersions()
  if (hasSystemd()) {
    const failed = await failedUnitNames('hosting-panel-php*')
    const state: ServiceState = versions.length === 0 ? 'missing' : failed.length > 0 ? 'stopped' : 'running'
    return [{ name: 'php-fpm', state }]
  }
  return Promise.all(versions.map((version) => stateOf(`php${version}-fpm`)))
}
