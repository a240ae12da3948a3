import { configurationProblem, load, reloadIfRunning } from '../../drivers/fail2ban/index.ts'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import type { Delta } from '../resources/resource.ts'
import type { Service } from './service.ts'

const owns = ({ name }: Delta): boolean => name.startsWith(`${paths.fail2ban}/`)

export const fail2ban: Service = {
  name: 'Fail2ban',
  owns,
  load,
  restore: reloadIfRunning,
  explain: async (code) => {
    const already = code === 'fail2ban_check_failed' ? await configurationProblem() : null
    return already
      ? new PanelError(
          'fail2ban_already_broken',
          503,
          'Fail2ban refused its configuration before this change already, so nothing was changed. Repair it by hand ' +
            `first (/etc/fail2ban): ${already}`,
        )
      : null
  },
  // The log is nobody else's.
  apart: (delta) => owns(delta) || delta.name === paths.authLog,
}
