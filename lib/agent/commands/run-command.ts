import { stopUnits } from '../../drivers/systemd/commands.ts'
import { hasSystemd } from '../../drivers/systemd/index.ts'
import { asSiteNamespace, asSiteUnit } from '../../drivers/systemd/site-command.ts'
import { PanelError } from '../../model/errors.ts'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import { commandUnit, runsAs, siteNames, siteUser } from '../../model/sites/names.ts'
import { attempt } from '../../system/run.ts'
import { cancellable } from '../databases/tasks.ts'
import { boundedOutput } from './bounded-output.ts'
import { inSite, wordsOf } from './environment.ts'

/** By then systemd ends a command that nobody else has ended (s): the agent may have been stopped in between. */
const MARGIN_S = 30

/** How often the end of a command is asked for, until it has ended (ms). */
const RETRY_MS = 200

/**
 * Runs a command as a site's user, and tells what it prints. Ends it with everything it started when its time is over,
 * when it is cancelled, and when nobody waits for it any more. Throws `command_timeout`, `cancelled`.
 */
export const runCommand = (
  { spec, task, command, timeout }: Parsed<'commands.run'>,
  onProgress: (progress: Progress) => void,
  gone: AbortSignal,
): Promise<Output<'commands.run'>> =>
  cancellable(task, gone, async (cancel) => {
    const late = AbortSignal.timeout(timeout * 1000)
    const print = (output: string) => onProgress({ step: 'Running the command', percent: 10, output })
    onProgress({ step: 'Running the command', percent: 10 })
    const { code } = await runUntil(AbortSignal.any([cancel, late]), spec, commandUnit(siteUser(spec.domain), task), {
      input: wordsOf(command),
      timeout: timeout + MARGIN_S,
      print,
    })
    if (cancel.aborted) throw new PanelError('cancelled', 409, 'The command was cancelled, and ended')
    if (late.aborted)
      throw new PanelError(
        'command_timeout',
        504,
        `${command[0]} took longer than ${timeout} seconds, so it was ended with all that it had started. Give it ` +
          'more time with `timeout`',
      )
    return { exitCode: code }
  })

interface Running {
  input: string
  timeout: number
  print: (line: string) => void
}

async function runUntil(end: AbortSignal, spec: Parsed<'commands.run'>['spec'], unit: string, running: Running) {
  const { home, slice } = siteNames(spec.domain)
  const { input, timeout, print } = running
  const argv = inSite(spec)
  const options = { input, timeout: timeout + MARGIN_S, onLine: boundedOutput(print) }
  const user = runsAs(spec)
  if (!hasSystemd()) return attempt(asSiteNamespace(user, argv), { ...options, cancel: end })
  // A unit that is only about to be made cannot be stopped yet.
  let timer: NodeJS.Timeout | undefined
  const stop = () => (timer = setInterval(() => void attempt(stopUnits([unit])), RETRY_MS))
  end.addEventListener('abort', stop, { once: true })
  try {
    return await attempt(asSiteUnit({ unit, user, slice, home, timeout }, argv), options)
  } finally {
    clearInterval(timer)
    end.removeEventListener('abort', stop)
  }
}
