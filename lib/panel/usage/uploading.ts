/** Bytes that are being received, or wait for the work they are for, by the user they count for. */
const running = new Map<string, number>()

export const uploadedFor = (): ReadonlyMap<string, number> => running

/** Counts a part that came in; a negative one when the upload has gone. Answers how much there is of them now. */
export function countUpload(owner: string, bytes: number): number {
  const now = (running.get(owner) ?? 0) + bytes
  if (now > 0) running.set(owner, now)
  else running.delete(owner)
  return now
}
