/** Work that can be cancelled, by the name its job gave it. */
const running = new Map<string, AbortController>()

/** Does work that is cancelled when somebody says so by its name, or when who asked for it is gone. */
export async function cancellable<T>(
  task: string,
  gone: AbortSignal,
  work: (cancel: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  running.set(task, controller)
  try {
    return await work(AbortSignal.any([controller.signal, gone]))
  } finally {
    running.delete(task)
  }
}

/** Cancels a task; answers whether it ran. */
export function cancel(task: string): boolean {
  running.get(task)?.abort()
  return running.has(task)
}
