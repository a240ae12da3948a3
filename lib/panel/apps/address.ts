import type { AppAddress } from '../../model/apps/ports.ts'
import type { Context } from '../http/context.ts'
import { applySite } from '../sites/change.ts'
import { getSite } from '../sites/read.ts'
import { appOf } from './spec.ts'

/** Has nginx ask an app where it listens: programs that are told `localhost` may take IPv6's loopback. */
export async function moveTo(ctx: Context, domain: string, address: AppAddress): Promise<void> {
  const { app, ...spec } = appOf(ctx, domain)
  if (app.address === address) return
  await applySite(ctx, { ...spec, app: { ...app, address } }, 'update', getSite(ctx, domain).owner, true)
}
