import { allowanceFor } from '../usage/room.ts'
import type { AnyCall, AnyFunction } from './define.ts'
import { receiveUpload, type Upload } from './upload.ts'

/** The upload of functions that take none. */
export const nothing: Upload = { id: '', bytes: 0, owner: null }

/** Receives what a function accepts, as far as there is room for it. Throws what `receiveUpload` does. */
export async function receive({ accepts, ownerOf }: AnyFunction, call: AnyCall): Promise<Upload> {
  if (!accepts) return nothing
  const owner = ownerOf ? ownerOf(call) : (call.identity?.username ?? null)
  return receiveUpload(call.event, accepts, await allowanceFor(call.ctx, owner))
}
