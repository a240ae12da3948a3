/** Stands for a piece of JSON that JSON.stringify cannot write, such as 1e400. */
export const raw = (text: string): string => `\u0001raw:${text}\u0001`

/** JSON of a value, with raw pieces as they are. */
export const toJson = (value: unknown): string =>
  (JSON.stringify(value) ?? 'null').replaceAll(/"\\u0001raw:(.*?)\\u0001"/g, (_, text: string) => text)
