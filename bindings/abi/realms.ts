// What a value is, whichever realm made it: a frame, a vm context or a test environment has classes of its own, for which
// `instanceof` answers no. The getters of the built-in prototypes ask the object itself: they work across realms, and
// neither a Proxy, nor a changed prototype, nor a property of the caller's can make them say anything else.

/** The names that %TypedArray%.prototype[Symbol.toStringTag] can answer. */
export type TypedArrayName =
  | "Int8Array"
  | "Uint8Array"
  | "Uint8ClampedArray"
  | "Int16Array"
  | "Uint16Array"
  | "Int32Array"
  | "Uint32Array"
  | "Float16Array"
  | "Float32Array"
  | "Float64Array"
  | "BigInt64Array"
  | "BigUint64Array";

type Getter = (this: unknown) => unknown;

/** A getter of a prototype, taken when this module is loaded; one that answers undefined where there is none. */
function getter(prototype: object | undefined, name: string | symbol): Getter {
  const get = prototype && Object.getOwnPropertyDescriptor(prototype, name)?.get;
  return (get as Getter | undefined) ?? (() => undefined);
}

/** A function made from getters that it alone holds: V8 takes those for constants, and a call then costs a few machine words. */
const withGetters = /* @__PURE__ */ <F>(make: (typedArray: object) => F): F => make(Object.getPrototypeOf(Uint8Array.prototype));

/** The class of a typed array, "Uint8Array" for a Buffer; undefined for everything else. */
export const typedArrayName: (value: unknown) => TypedArrayName | undefined = /* @__PURE__ */ withGetters((prototype) => {
  const name = getter(prototype, Symbol.toStringTag);
  return (value) => name.call(value) as TypedArrayName | undefined;
});

/** Whether the value is a Uint8Array (or Buffer). */
export const isUint8Array: (value: unknown) => value is Uint8Array = /* @__PURE__ */ withGetters((prototype) => {
  const name = getter(prototype, Symbol.toStringTag);
  return (value): value is Uint8Array => name.call(value) === "Uint8Array";
});

/** Whether the value is a Uint8Array (or Buffer) of this many bytes, whatever its own properties say. */
export const isBytes: (value: unknown, size: number) => value is Uint8Array = /* @__PURE__ */ withGetters((prototype) => {
  const name = getter(prototype, Symbol.toStringTag);
  const length = getter(prototype, "length");
  return (value, size): value is Uint8Array => name.call(value) === "Uint8Array" && length.call(value) === size;
});

/** Whether the value is a BigUint64Array. */
export function isBigUint64Array(value: unknown): value is BigUint64Array {
  return typedArrayName(value) === "BigUint64Array";
}

/** Whether the value is a DataView. */
export function isDataView(value: unknown): value is DataView {
  return ArrayBuffer.isView(value) && typedArrayName(value) === undefined;
}

const arrayByteLength: Getter = /* @__PURE__ */ getter(/* @__PURE__ */ Object.getPrototypeOf(Uint8Array.prototype), "byteLength");
const viewByteLength: Getter = /* @__PURE__ */ getter(DataView.prototype, "byteLength");
const bufferByteLength: Getter = /* @__PURE__ */ getter(ArrayBuffer.prototype, "byteLength");
// Pages that are not isolated from others have no shared memory.
const sharedByteLength: Getter = /* @__PURE__ */ getter(typeof SharedArrayBuffer === "function" ? SharedArrayBuffer.prototype : undefined, "byteLength");

/** Whether the value is an ArrayBuffer, also one that was detached. */
export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return answers(bufferByteLength, value);
}

/** Whether the value is a SharedArrayBuffer. */
export function isSharedArrayBuffer(value: unknown): value is ArrayBufferLike {
  return answers(sharedByteLength, value);
}

/** Whether the value is an ArrayBuffer or a SharedArrayBuffer. */
export function isArrayBufferLike(value: unknown): value is ArrayBufferLike {
  return isArrayBuffer(value) || isSharedArrayBuffer(value);
}

/** Bytes of a view, whatever its own properties say. 0 for one whose buffer was detached. */
export function byteLengthOf(view: ArrayBufferView): number {
  if (typedArrayName(view) !== undefined) return arrayByteLength.call(view) as number;
  // A DataView throws where a typed array says 0.
  return answers(viewByteLength, view) ? (viewByteLength.call(view) as number) : 0;
}

/** Whether the getter takes the value: one of a built-in class throws for what is none. */
function answers(get: Getter, value: unknown): boolean {
  try {
    return typeof get.call(value) === "number";
  } catch {
    return false;
  }
}
