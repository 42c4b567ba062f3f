// What the iterators of maps inherit from: what all iterators of the language do, so that iterator helpers (`map`, `filter`, `take`)
// work on them where the runtime has helpers.

type Base = new () => object;

function baseOf(prototype: object): Base {
  function IteratorBase(): void {}
  IteratorBase.prototype = prototype;
  return IteratorBase as unknown as Base;
}

/** %IteratorPrototype%, as a class. */
export const IteratorBase: Base = /* @__PURE__ */ baseOf(Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())));

/** %AsyncIteratorPrototype%, as a class. */
export const AsyncIteratorBase: Base = /* @__PURE__ */ baseOf(
  Object.getPrototypeOf(Object.getPrototypeOf((async function* (): AsyncGenerator<never> {}).prototype)),
);
