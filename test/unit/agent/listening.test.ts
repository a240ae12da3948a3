import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { listeningPorts } from '../../../lib/agent/firewall/listening.ts'

it('finds the ports that others reach, and not those on loopback', () => {
  const directory = mkdtempSync(join(tmpdir(), 'listening-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const [four, six] = [join(directory, 'tcp'), join(directory, 'tcp6')]
  const row = (local: string, state = '0A') => `   0: ${local} 00000000:0000 ${state} 00000000:00000000`
  writeFileSync(
    four,
    [
      '  sl  local_address rem_address   st',
      row('00000000:0016'),
      row('0100007F:0CEA'),
      row('3500007F:0035'),
      row('0A00004D:1F90'),
      row('00000000:1234', '01'),
      '',
    ].join('\n'),
  )
  writeFileSync(
    six,
    [
      '  sl  local_address',
      row('00000000000000000000000000000000:0050'),
      row('00000000000000000000000001000000:22B8'),
      row('0000000000000000FFFF00000100007F:1111'),
      '',
    ].join('\n'),
  )
  expect(listeningPorts([four, six, join(directory, 'none')])).toEqual([22, 80, 8080])
})
