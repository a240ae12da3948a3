/** Connections that one of nginx's workers holds: as many as the machine's memory allows. */
export const workerConnections = (memoryMb: number): number => Math.max(1024, Math.min(16_384, 4 * memoryMb))

/** How many of them one address may hold: more than people behind one address ever need, and too few to use them up. */
export const connectionsOfAddress = (memoryMb: number): number =>
  Math.max(256, Math.floor(workerConnections(memoryMb) / 8))

const directive = /^([ \t]*(?:events\s*\{[ \t]*)?worker_connections\s+)(\d+)(\s*;)/m

/**
 * nginx.conf with as many connections as the machine can hold. All other lines stay, and so does a higher number.
 */
export function withConnections(text: string, memoryMb: number): string {
  const wanted = workerConnections(memoryMb)
  if (!directive.test(text)) return text.replace(/^([ \t]*events\s*\{)/m, `$1\n\tworker_connections ${wanted};`)
  return text.replace(
    directive,
    (_, before: string, number: string, after: string) => `${before}${Math.max(Number(number), wanted)}${after}`,
  )
}
