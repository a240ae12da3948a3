export const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

/** One measured number beside what is wanted. */
export const row = (what: string, value: string, wanted: string): void =>
  console.log(`${what.padEnd(52)} ${value.padStart(18)}   ${wanted}`)
