type Part = () => unknown

/** Does each part of some work, whatever becomes of the others; then throws what failed, by the parts' names. */
export async function doParts(parts: Record<string, Part>): Promise<void> {
  await doAll(Object.entries(parts))
}

/** Does the same for each domain. */
export async function doEach<T extends { domain: string }>(
  all: readonly T[],
  work: (one: T) => unknown,
): Promise<void> {
  await doAll(all.map((one) => [one.domain, () => work(one)]))
}

async function doAll(parts: readonly (readonly [string, Part])[]): Promise<void> {
  const failed: string[] = []
  for (const [name, part] of parts) {
    try {
      await part()
    } catch (error) {
      console.error(`${name}:`, error)
      failed.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  if (failed.length > 0) throw new Error(failed.join('; '))
}
