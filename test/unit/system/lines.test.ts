import { expect, it } from 'vitest'
import { createLineSplitter } from '../../../lib/system/lines.ts'

const split = (longest: number, ...chunks: Buffer[]) => {
  const splitter = createLineSplitter(longest)
  return [...chunks.map((chunk) => splitter.push(chunk)), splitter.end()]
}

it('lines end where they end, however they come', () => {
  expect(split(100, Buffer.from('one\ntw'), Buffer.from('o\n\nthree'))).toEqual([['one'], ['two', ''], ['three']])
  expect(split(100, Buffer.from('one\n'))).toEqual([['one'], []])
})

it('a character that is cut apart is put together', () => {
  const euro = Buffer.from('€\n')
  expect(split(100, euro.subarray(0, 1), euro.subarray(1))).toEqual([[], ['€'], []])
})

it('a line without an end is split, and takes no memory', () => {
  expect(split(3, Buffer.from('abcdefgh'), Buffer.from('i\n'))).toEqual([['abc', 'def'], ['ghi'], []])
})
