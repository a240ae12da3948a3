import { nullable, strictObject, string } from 'valibot'
import { newConnectionProof } from '../../lib/panel/firewall/confirm.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Prove that one came by a connection made after a change of the firewall that waits',
  access: 'public',
  returns: strictObject({ proof: nullable(string()) }),
  run: ({ ctx, event }) => newConnectionProof(ctx, event),
})
