// What a value is must not depend on what it says of itself. Values of other realms: realms.node.test.ts.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { byteLengthOf, isArrayBuffer, isArrayBufferLike, isBigUint64Array, isDataView, isUint8Array, typedArrayName } from "../../bindings/abi/realms.ts";

const test = suite("realms");

class Mine extends Uint8Array {}
const turned = Object.setPrototypeOf(new Uint8Array(3), Uint32Array.prototype);

test("real ones are known, whatever their prototype is", () => {
  for (const value of [new Uint8Array(1), new Mine(1), turned]) assert.ok(isUint8Array(value));
  assert.ok(isBigUint64Array(new BigUint64Array(1)));
  assert.ok(isDataView(new DataView(new ArrayBuffer(1))));
  assert.ok(isArrayBuffer(new ArrayBuffer(1)) && isArrayBufferLike(new ArrayBuffer(0)));
  assert.is(typedArrayName(new Uint8ClampedArray(1)), "Uint8ClampedArray");
});

test("what only looks like one is none", () => {
  const faked = { [Symbol.toStringTag]: "Uint8Array", length: 4, byteLength: 4 };
  const fakes = [Object.create(Uint8Array.prototype), new Proxy(new Uint8Array(1), {}), faked, [], null, undefined, "x", 1, new Uint8ClampedArray(1)];
  for (const fake of fakes) assert.not.ok(isUint8Array(fake));
  for (const fake of [Object.create(ArrayBuffer.prototype), new Proxy(new ArrayBuffer(1), {}), { byteLength: 1 }, null, 1]) {
    assert.not.ok(isArrayBufferLike(fake));
  }
  for (const fake of [Object.create(DataView.prototype), new Uint8Array(1), null]) assert.not.ok(isDataView(fake));
});

test("a view has the bytes that it has", () => {
  const liar = Object.defineProperties(new Uint8Array(3), { length: { value: 99 }, byteLength: { value: 99 } });
  assert.is(byteLengthOf(liar), 3);
  assert.is(byteLengthOf(turned), 3);
  assert.is(byteLengthOf(new Float64Array(2)), 16);
  assert.is(byteLengthOf(new DataView(new ArrayBuffer(8), 2)), 6);
  const detached = new Uint8Array(4);
  const view = new DataView(detached.buffer);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  assert.equal([byteLengthOf(detached), byteLengthOf(view)], [0, 0]);
});

test.run();
