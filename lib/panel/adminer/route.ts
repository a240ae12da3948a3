import { HTTPResponse, type H3, type H3Event } from 'h3'
import { PanelError } from '../../model/errors.ts'
import type { Context } from '../http/context.ts'
import { leaveAdminer, openLink, useAdminer } from './adminer.ts'

/**
 * Answers nginx's questions on behalf of the database tool's port (lib/drivers/nginx/adminer.conf.ts): to open a link,
 * whether a request may go on and with which account, and to end it. nginx proves itself with the secret only it knows,
 * as the answers hold passwords; people see pages of its own in the place of errors.
 */
export function mountAdminer(app: H3, ctx: Context, isNginx: (event: H3Event) => boolean): void {
  const route = (path: string, answer: (event: H3Event) => Promise<HTTPResponse>) =>
    app.get(path, (event) => {
      if (!isNginx(event))
        throw new PanelError('not_found', 404, 'There is no such function; /api/openapi.json lists them all')
      return answer(event)
    })
  route('/tool/open/:ticket', async (event) => {
    const database = await openLink(ctx, event, event.context.params!.ticket!)
    return respond(302, { location: `/?db=${database}` })
  })
  route('/tool/session', async (event) => {
    const { name, account, php } = await useAdminer(ctx, event, event.req.headers.get('x-hosting-panel-database') ?? '')
    return respond(204, {
      'x-hosting-panel-database': name,
      'x-hosting-panel-session': php,
      'x-hosting-panel-username': account.username,
      'x-hosting-panel-password': account.password,
    })
  })
  route('/tool/close', async (event) => {
    leaveAdminer(event)
    return respond(401, {})
  })
}

const respond = (status: number, headers: Record<string, string>): HTTPResponse =>
  new HTTPResponse(null, { status, headers: { 'cache-control': 'no-store', ...headers } })
