// What becomes of objects that nobody refers to any more. Runtimes may lack both classes: then nothing is ever collected as far
// as this library knows, and what is not closed stays.

/** A FinalizationRegistry, or what does nothing where there is none. */
export type Registry<T> = Pick<FinalizationRegistry<T>, "register" | "unregister">;

/** Calls `fn` with what was registered for an object, some time after it was collected. */
export function registry<T>(fn: (held: T) => void): Registry<T> {
  return typeof FinalizationRegistry === "function" ? new FinalizationRegistry(fn) : { register() {}, unregister: () => false };
}

/** A reference that does not keep the object, where there are such references. */
export function weakly<T extends object>(object: T): { deref(): T | undefined } {
  return typeof WeakRef === "function" ? new WeakRef(object) : { deref: () => object };
}
