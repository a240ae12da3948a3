import * as v from 'valibot'
import { expect, it } from 'vitest'
import { PanelError } from '../../lib/model/errors.ts'
import { check } from '../../lib/panel/http/input.ts'

const canary = 'canary-canary'

/** Rules that say what they expect, rules that do not, and a key that nobody knows. */
const schema = v.strictObject({
  text: v.optional(v.pipe(v.string(), v.minLength(50))),
  id: v.optional(v.pipe(v.string(), v.uuid())),
  at: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  email: v.optional(v.pipe(v.string(), v.email())),
  form: v.optional(v.pipe(v.string(), v.regex(/^\d+$/))),
  one: v.optional(v.picklist(['a', 'b'])),
  number: v.optional(v.number()),
})

it.each(['text', 'id', 'at', 'email', 'form', 'one', 'number', canary])(
  'a refusal of %s says the rule, and never what was sent',
  (key) => {
    let refusal: unknown
    try {
      check(schema, { [key]: canary }, 'body')
    } catch (error) {
      refusal = error
    }
    expect(refusal).toBeInstanceOf(PanelError)
    const { message, details } = refusal as PanelError
    const said = JSON.stringify([message, details])
    // An unknown key is named, as people must find it; its value is not.
    expect(said.replaceAll(key, '')).not.toContain(canary)
    expect(said).not.toMatch(/received/i)
  },
)
