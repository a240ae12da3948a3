interface Promise<T> {
  /** Waits for a promise that the handler gives, as the language says (ECMA-262, Promise.prototype.finally). */
  finally(onfinally: () => PromiseLike<unknown>): Promise<T>
}
