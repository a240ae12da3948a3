import type { Stage } from '../../../../lib/system/pipeline.ts'
import type { Argv } from '../../../../lib/system/run.ts'

export const stages = (...argvs: Argv[]): Stage[] => argvs.map((argv) => ({ argv }))
export const node = (script: string): Argv => [process.execPath, '-e', script]
