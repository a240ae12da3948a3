import { downAll } from './machine.ts'

/** Give this run a machine of its own, unless HOSTING_PANEL_MACHINE names one, and end it with the run. */
export default function setup(): (() => Promise<void>) | undefined {
  if (process.env.HOSTING_PANEL_MACHINE) return undefined
  const name = `run-${process.pid}`
  process.env.HOSTING_PANEL_MACHINE = name
  return () => downAll(name)
}
