import type { BanFacts } from '../../drivers/fail2ban/facts.ts'
import {
  renderAction,
  renderFilter,
  renderNginxFilter,
  renderPureFtpdFilter,
  renderSshdFilter,
} from '../../drivers/fail2ban/filter.conf.ts'
import { renderJails } from '../../drivers/fail2ban/jail.conf.ts'
import type { BansSpec } from '../../model/bans/schema.ts'
import { paths } from '../../model/paths.ts'
import type { Resource } from '../resources/resource.ts'

const file = (name: string, content: string): Resource => ({
  kind: 'file',
  name,
  state: { owner: 'root', group: 'root', mode: 0o644, content },
})

/** The panel's part of Fail2ban. Its log comes first: Fail2ban does not start without. Pure. */
export const describeBans = (spec: BansSpec, facts: BanFacts): Resource[] => [
  { kind: 'log', name: paths.authLog, state: { owner: 'hosting-panel', group: 'adm', mode: 0o640 } },
  file(paths.banFilter, renderFilter()),
  file(`${paths.fail2ban}/filter.d/hosting-panel-nginx.conf`, renderNginxFilter()),
  file(`${paths.fail2ban}/filter.d/hosting-panel-sshd.conf`, renderSshdFilter()),
  file(`${paths.fail2ban}/filter.d/hosting-panel-pure-ftpd.conf`, renderPureFtpdFilter()),
  file(paths.banAction, renderAction()),
  file(paths.jails, renderJails(spec, facts)),
]
