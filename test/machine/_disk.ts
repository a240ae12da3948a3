import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { overlay } from './build.ts'
import { must } from './_exec.ts'
import { directory } from './_state.ts'
import type { State } from './_state.ts'

export async function mountDisk({ name, lower }: State, durable: boolean): Promise<void> {
  const place = directory(name)
  for (const part of ['upper', 'work', 'root']) await mkdir(join(place, part))
  const options = overlay(lower, join(place, 'upper'), join(place, 'work'))
  const lasting = durable ? '' : ',volatile'
  await must(['mount', '-t', 'overlay', `hosting-panel-${name}`, '-o', options + lasting, join(place, 'root')])
  // With an identity of its own the machine does not take this for its first boot, which would enable every service.
  await writeFile(join(place, 'root/etc/machine-id'), `${randomBytes(16).toString('hex')}\n`)
  await writeFile(join(place, 'root/etc/hostname'), `${name}\n`)
  await writeFile(join(place, 'root/etc/hosts'), `127.0.0.1 localhost\n127.0.1.1 ${name}\n`)
}
