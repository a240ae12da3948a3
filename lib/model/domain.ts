import { domainToASCII, domainToUnicode } from 'node:url'
import * as v from 'valibot'

/** File names are made of the domain (`<domain>.access.log`), and a file name has at most 255 bytes. */
const LONGEST = 200

const letterDigitHyphen = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/
const written = /^[\p{L}\p{M}\p{N}.-]+$/u

/** Scripts that people really write together in one label (Unicode TS 39, "highly restrictive"). */
const together = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
]
const scripts = [
  'Latin',
  'Han',
  'Hiragana',
  'Katakana',
  'Bopomofo',
  'Hangul',
  'Cyrillic',
  'Greek',
  'Armenian',
  'Hebrew',
  'Arabic',
  'Devanagari',
  'Bengali',
  'Gurmukhi',
  'Gujarati',
  'Tamil',
  'Telugu',
  'Kannada',
  'Malayalam',
  'Thai',
  'Lao',
  'Georgian',
  'Ethiopic',
  'Khmer',
  'Mongolian',
  'Tibetan',
  'Sinhala',
  'Myanmar',
].map((name) => ({ name, pattern: new RegExp(`\\p{Script=${name}}`, 'u') }))
const neutral = /^[\p{Script=Common}\p{Script=Inherited}]+$/u

/** Cyrillic and Greek letters that are drawn like Latin ones: a label of only these imitates an ASCII name. */
const imitations = /^[асԁеһіјӏорԛѕԝхуъьҽпгѵүαικνορτυωϲϳ0-9-]+$/u

/** True when a label mixes scripts nobody mixes, or is made only of letters that look Latin but are not. */
export function looksLikeAnother(label: string): boolean {
  const letters = [...label].filter((character) => !neutral.test(character)).join('')
  const used = scripts.filter(({ pattern }) => pattern.test(letters)).map(({ name }) => name)
  const known = [...letters].every((letter) => scripts.some(({ pattern }) => pattern.test(letter)))
  if (!known) return true
  if (used.length > 1) return !together.some((set) => used.every((name) => set.includes(name)))
  return used[0] !== undefined && used[0] !== 'Latin' && imitations.test(label)
}

/**
 * The canonical form of a domain: lower case, punycode (IDNA, UTS 46). Null when it is not one:
 * one label, an IP address, empty or long labels, characters no name has, or a name that imitates another.
 */
export function canonicalDomain(text: string): string | null {
  if (text.length > LONGEST || !written.test(text)) return null
  const ascii = domainToASCII(text)
  const labels = ascii.split('.')
  if (ascii.length > LONGEST || labels.length < 2) return null
  if (!labels.every((label) => letterDigitHyphen.test(label))) return null
  if (/^(?:[0-9]+|0x[0-9a-f]*)$/.test(labels.at(-1)!)) return null
  const unicode = domainToUnicode(ascii)
  if (domainToASCII(unicode) !== ascii) return null
  const disguised = unicode.split('.').some((label, i) => isDisguised(labels[i]!, label))
  return disguised ? null : ascii
}

/** `xn--` that hides plain ASCII, hyphens where only punycode has them, or an imitation. */
function isDisguised(ascii: string, unicode: string): boolean {
  if (!ascii.startsWith('xn--')) return ascii.slice(2, 4) === '--'
  return unicode === ascii || /^[\x20-\x7e]*$/.test(unicode) || looksLikeAnother(unicode)
}

const message =
  'Write a domain such as example.com or www.example.com: letters, digits and hyphens in labels joined by dots, ' +
  `at most ${LONGEST} characters, no address, no path, and no letters that imitate those of another alphabet`

/** A fully qualified domain; international names come out as punycode. */
export const domain = v.pipe(
  v.string(),
  v.check((text) => canonicalDomain(text) !== null, message),
  v.transform((text) => canonicalDomain(text)!),
)

/** A server's own name: the same rules. */
export const hostname = domain

/** Form of a domain for people: `bücher.test` for `xn--bcher-kva.test`. */
export const toUnicode = (ascii: string): string => domainToUnicode(ascii)

/** The other form of a name: with `www.` when it has none, without when it has. */
export const wwwCounterpart = (name: string): string => (name.startsWith('www.') ? name.slice(4) : `www.${name}`)
