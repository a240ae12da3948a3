import { paths } from '../../paths.ts'
import { attempt } from '../../system/run.ts'
import { load } from './commands.ts'

/** Puts the apps' guard into the kernel. Where that has no netfilter (some containers) apps run without, and the log says so. */
export async function loadGuard(): Promise<void> {
  const { code, stderr } = await attempt(load(paths.appGuard))
  if (code !== 0) console.error(`The ports of apps are not guarded against other users of this server: ${stderr.trim().split('\n')[0] || 'nft is missing'}`)
}
