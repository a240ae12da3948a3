import { nullable, strictObject, string } from 'valibot'
import { newConnectionProof } from '../../lib/firewall/confirm.ts'
import { defineFunction } from '../../lib/function/define.ts'

export default defineFunction({
  summary: 'Prove that one came by a connection made after a change of the firewall that waits',
  access: 'public',
  returns: strictObject({ proof: nullable(string()) }),
  run: ({ ctx, event }) => newConnectionProof(ctx, event),
})
