import { nullable, strictObject, string } from 'valibot'
import { newConnectionProof } from '../../lib/panel/firewall/confirm.ts'
import { defineFunction } from '../../lib/panel/http/define.ts'

export default defineFunction({
  summary: 'Prove that the caller came over a new connection, made after the change that must be confirmed',
  access: 'public',
  returns: strictObject({ proof: nullable(string()) }),
  run: ({ ctx, event }) => newConnectionProof(ctx, event),
})
