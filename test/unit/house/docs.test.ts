import { Linter } from 'eslint'
import { expect, it } from 'vitest'
import { house } from '../../../eslint.rules.js'

const problems = (code: string): string[] =>
  new Linter().verify(code, { plugins: { house }, rules: { 'house/docs': 'error' } }).map(({ message }) => message)

it.each(['What', 'Of', 'Who', 'Whose'])('a doc does not begin with %s', (word) => {
  expect(problems(`/** ${word} it is. */\nlet x`)).toEqual([`Begin with a verb or a noun, not with ${word}.`])
  expect(problems(`/**\n * ${word} it is,\n * and more.\n */\nlet x`)).toEqual([
    `Begin with a verb or a noun, not with ${word}.`,
  ])
})

it('a verb and a noun are fine, and comments within a line are', () => {
  expect(
    problems('/** Reads what it is. */\nlet x // What a comment says is another matter\n/* What */ let y'),
  ).toEqual([])
})
