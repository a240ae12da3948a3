import { strictObject } from 'valibot'
import { domain } from '../../../../lib/model/domain.ts'
import { commandResult, newCommand } from '../../../../lib/model/sites/commands.ts'
import { refuseCommand, runCommand } from '../../../../lib/panel/commands/run.ts'
import { defineFunction } from '../../../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Run a command as a site’s user, in its folder; its output is the job’s',
  throws: ['limit_reached', 'site_busy', 'site_disabled'],
  scope: 'commands:write',
  audit: 'command.run',
  command: { words: 'sites run', rest: 'command' },
  job: 'Run a command',
  fails: ['commands.run', 'limit_reached', 'site_busy', 'site_disabled'],
  params: strictObject({ site: domain }),
  body: newCommand,
  returns: commandResult,
  recorded: ({ command, timeout }) => ({ program: command[0], words: command.length, timeout }),
  precheck: ({ ctx, params }) => refuseCommand(ctx, params.site),
  run: ({ ctx, params, body, job }) => runCommand(ctx, params.site, body, job),
})
