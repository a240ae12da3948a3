import * as v from 'valibot'
import { PanelError } from '../model/errors.ts'
import { launchSpec, type LaunchSpec } from '../model/protocol/launch-spec.ts'
import { siteNames } from '../model/sites/names.ts'
import { readText } from '../system/files.ts'

/** Reads the agent's description of an app. Throws `app_not_prepared` when there is none. */
export async function readDescription(domain: string): Promise<LaunchSpec> {
  const text = await readText(siteNames(domain).appDescription)
  if (text === null)
    throw new PanelError('app_not_prepared', 409, `The app of ${domain} was never started; start it first`)
  return v.parse(launchSpec, JSON.parse(text))
}
