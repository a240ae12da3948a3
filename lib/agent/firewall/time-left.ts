/**
 * Time until a change is undone (ms) that somebody has `most` to confirm; 0 once that is over, or if it lies further
 * ahead: then the clock was set back. Pure.
 */
export function timeLeft(undoAt: string, most: number, now: number): number {
  const left = Date.parse(undoAt) - now
  return left > 0 && left <= most ? left : 0
}
