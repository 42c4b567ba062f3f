// How objects of the library show themselves: one line of facts, and no memory. Node, Deno and Bun each ask for it by a symbol.

/** Asked for by Node's util.inspect, and by Bun. */
export const nodeInspect: unique symbol = /* @__PURE__ */ Symbol.for("nodejs.util.inspect.custom") as never;
/** Asked for by Deno.inspect. */
export const denoInspect: unique symbol = /* @__PURE__ */ Symbol.for("Deno.customInspect") as never;

/** What an object tells of itself, by name; what is undefined is left out. */
export type Facts = { readonly [name: string]: string | number | boolean | undefined };

/** `HashMap "flows" { key: u32, value: u64, maxEntries: 1024, fd: 3 }`. */
export function factsLine(kind: string, name: string, facts: Facts): string {
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  const list = known.map(([key, value]) => (value === true ? key : `${key}: ${value}`)).join(", ");
  return `${kind}${name === "" ? "" : ` ${JSON.stringify(name)}`} { ${list} }`;
}

/** What `JSON.stringify` gives of an error: without this its name and its message, which are no properties of its own, are left out. */
export function errorToJSON(error: Error): object {
  return { ...error, name: error.name, message: error.message };
}

/**
 * The value of a property of every object that cannot be posted to another thread: structuredClone refuses symbols and quotes them,
 * so that its DataCloneError says what to do instead. Without it the copy would be an empty object. JSON leaves symbols out.
 */
export const UNCLONABLE: symbol = /* @__PURE__ */ Symbol(
  "what belongs to a kernel stays in its thread; post the bytes of kernel.snapshot(), and Kernel.load({ snapshot }) makes the same maps there",
);

/** An object that consoles show as one line of the facts that its JSON has. */
export abstract class Shown {
  /** Makes `structuredClone` and `postMessage` refuse the object, with the reason. */
  readonly unclonable: symbol = UNCLONABLE;

  /** The name of the class, for `Object.prototype.toString`. */
  abstract get [Symbol.toStringTag](): string;

  /** What `JSON.stringify` gives. */
  abstract toJSON(): Facts;

  /** `Kernel { maps: 1, fds: 1, cpus: 1, memoryBytes: 393216 }`, `Kernel { closed }`. */
  [nodeInspect](): string {
    return factsLine(this[Symbol.toStringTag], "", this.toJSON());
  }

  /** What `Deno.inspect` and the console of Deno print. */
  [denoInspect](): string {
    return this[nodeInspect]();
  }
}
