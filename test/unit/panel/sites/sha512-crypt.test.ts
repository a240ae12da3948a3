import { expect, it } from 'vitest'
import { sha512Crypt } from '../../../../lib/panel/sites/sha512-crypt.ts'

it.each([
  [
    'Hello world!',
    'saltstring',
    5000,
    '$6$rounds=5000$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1',
  ],
  [
    'a short string',
    'short',
    1400,
    '$6$rounds=1400$short$zsMbO0TCjonheOgJZgPsRzMcc3JyiI7/Pqe6mU9ceOhVJLLDpEu0a.jpzIEXAlZtAA1x/7DlSk27RtF/y953y1',
  ],
])('hashes %j as crypt(3) does', (password, salt, rounds, hash) =>
  expect(sha512Crypt(password, salt, rounds)).toBe(hash),
)

it('has a salt of its own each time', () => {
  const [one, two] = [sha512Crypt('pässword'), sha512Crypt('pässword')]
  expect(one).toMatch(/^\$6\$rounds=1000\$[./A-Za-z0-9]{16}\$[./A-Za-z0-9]{86}$/)
  expect(one).not.toBe(two)
})
