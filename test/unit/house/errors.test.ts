import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { errorCodes } from '../../../lib/model/error-codes.ts'

const root = join(import.meta.dirname, '../../..')
const code = ['lib', 'functions', 'hooks', 'install']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(root, folder, name)),
  )
  .filter((name) => name.endsWith('.ts') && !name.endsWith('error-codes.ts'))
  .map((name) => readFileSync(name, 'utf8'))
  .join('\n')

/** Parts of a code that the code puts together: `${name}_lost`. */
const parts = /_(?:unreachable|lost|silent|not_found)$/

it('every code of the catalogue is thrown somewhere, and is a word that scripts can match', () => {
  const names = Object.keys(errorCodes)
  expect(names.filter((name) => !code.includes(`'${name}'`) && !parts.test(name))).toEqual([])
  expect(names.filter((name) => !/^[a-z0-9]+(?:_[a-z0-9]+)+$|^cancelled$|^interrupted$/.test(name))).toEqual([])
})

it('statuses are those of refusals and failures', () => {
  for (const [name, statuses] of Object.entries(errorCodes)) {
    for (const status of [statuses].flat())
      expect(status, name).toSatisfy((value: number) => value >= 400 && value < 600)
  }
})
