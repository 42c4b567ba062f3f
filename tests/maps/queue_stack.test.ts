// QueueMap and StackMap: the methods one by one, then random sequences against an array.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_EXIST, BPF_F_RDONLY, BPF_F_WRONLY, BPF_NOEXIST, bytes, struct, u32, u64, u8 } from "../../bindings/index.ts";
import { checkLeaks } from "../harness/leak.ts";
import { newKernel } from "../harness/kernel.ts";
import { throwsCode } from "../suites/conformance.ts";

const kernel = newKernel();
const test = suite("map/queue_stack");
checkLeaks(test, kernel);

const TYPES = ["queue", "stack"] as const;
type Type = (typeof TYPES)[number];

function newMap(type: Type, maxEntries = 3) {
  return kernel.createMap({ type, value: u32, maxEntries, name: "jobs" });
}

for (const type of TYPES) {
  test(`${type}: push, peek, pop, isEmpty`, () => {
    const map = newMap(type);
    assert.is(map.isEmpty(), true);
    assert.is(map.pop(), undefined);
    assert.is(map.peek(), undefined);
    assert.is(map.push(1), map);
    map.push(2).push(3);
    const order = type === "queue" ? [1, 2, 3] : [3, 2, 1];
    for (const value of order) {
      assert.is(map.isEmpty(), false);
      assert.is(map.peek(), value);
      assert.is(map.peek(), value);
      assert.is(map.pop(), value);
    }
    assert.is(map.isEmpty(), true);
    map.close();
  });

  test(`${type}: a full map refuses, unless the oldest value may go`, () => {
    const map = newMap(type);
    map.push(1).push(2).push(3);
    assert.throws(() => map.push(4), /^Cannot update map "jobs": it holds maxEntries \(3\) values and BPF_EXIST was not given$/);
    throwsCode("E2BIG", () => map.push(4));
    map.push(4, { flags: BPF_EXIST });
    assert.equal([...map.drain()], type === "queue" ? [2, 3, 4] : [4, 3, 2]);
    map.push(5, { flags: BPF_EXIST });
    assert.is(map.pop(), 5, "in a map that is not full it is a plain push");
    throwsCode("EINVAL", () => map.push(6, { flags: BPF_NOEXIST }));
    assert.throws(() => map.push(6, { flags: BPF_NOEXIST }), new RegExp(`a ${type} takes BPF_ANY or BPF_EXIST`));
    map.push(7);
    assert.is(map.peek(), 7, "flags of an earlier call are not kept");
    for (const flags of [-1, 0.5, 2 ** 32]) assert.throws(() => map.push(6, { flags }), /Cannot use flags/);
    map.close();
  });

  test(`${type}: drain and clear`, () => {
    const map = newMap(type, 10);
    for (let i = 0; i < 10; i++) map.push(i);
    let seen = 0;
    for (const value of map.drain()) {
      assert.is(value, type === "queue" ? seen : 9 - seen);
      if (++seen === 4) break;
    }
    assert.is([...map.drain()].length, 6, "what a loop has not come to is still there");
    map.push(1);
    let pushed = 0;
    for (const value of map.drain()) {
      map.push(value);
      pushed++;
    }
    assert.is(pushed, 10, "a drain that is fed ends after max_entries values");
    map.push(2).clear();
    assert.is(map.isEmpty(), true);
    map.clear();
    map.close();
  });

  test(`${type}: values of other codecs, and into a caller's own`, () => {
    const point = struct({ x: u32, y: u8 });
    const points = kernel.createMap({ type, value: point, maxEntries: 4 });
    const out = { x: 0, y: 0 };
    assert.is(points.popInto(out), false);
    points.push({ x: 1, y: 2 });
    assert.is(points.peekInto(out), true);
    assert.equal(out, { x: 1, y: 2 });
    const view = new Uint8Array(8);
    assert.throws(() => points.popInto(view.subarray(1)), (error: unknown) => error instanceof RangeError);
    assert.is(points.popInto(view), true, "a view too short has popped nothing");
    assert.equal([...view], [1, 0, 0, 0, 2, 0, 0, 0]);
    points.close();
    const blobs = kernel.createMap({ type, value: bytes(100), maxEntries: 4 });
    const blob = new Uint8Array(100).fill(9);
    assert.equal(blobs.push(blob).peek(), blob);
    const words = new Uint32Array(25);
    assert.is(blobs.popInto(words), true);
    assert.ok(words.every((word) => word === 0x09090909));
    assert.throws(() => blobs.push(new Uint8Array(99)), (error: unknown) => error instanceof RangeError);
    assert.throws(() => blobs.push("a" as never), (error: unknown) => error instanceof TypeError);
    blobs.close();
    const wide = kernel.createMap({ type, value: u64, maxEntries: 4 });
    assert.is(wide.push(2n ** 64n - 1n).pop(), 2n ** 64n - 1n);
    assert.throws(() => wide.popInto(5 as never), (error: unknown) => error instanceof TypeError);
    wide.close();
  });

  test(`${type}: other fds, a frozen map, a closed one`, () => {
    const map = newMap(type);
    map.push(1);
    const { id } = map.info();
    const reader = kernel.openById(id, { type, value: u32, flags: BPF_F_RDONLY });
    assert.is(reader.peek(), 1);
    throwsCode("EPERM", () => reader.pop());
    throwsCode("EPERM", () => reader.push(1));
    throwsCode("EPERM", () => [...reader.drain()]);
    reader.close();
    const writer = kernel.openById(id, { type, value: u32, flags: BPF_F_WRONLY });
    writer.push(2);
    throwsCode("EPERM", () => writer.peek());
    throwsCode("EPERM", () => writer.pop());
    writer.close();
    const copy = map.dup();
    map.freeze();
    throwsCode("EPERM", () => copy.push(1));
    throwsCode("EPERM", () => copy.pop());
    throwsCode("EPERM", () => copy.clear());
    assert.is(copy.isEmpty(), false);
    copy.close();
    map.close();
    map.close();
    for (const call of [() => map.push(1), () => map.pop(), () => map.peek(), () => map.popInto(new Uint8Array(4)), () => map.isEmpty(), () => map.drain(), () => map.clear(), () => map.fd]) {
      throwsCode("EBADF", call);
    }
  });

  test(`${type}: random sequences answer as an array does`, () => {
    const step = fc.tuple(fc.constantFrom("push", "push", "push", "overwrite", "pop", "peek", "drain"), fc.nat());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), fc.integer({ min: 1, max: 8 }), (sequence, maxEntries) => {
        const map = newMap(type, maxEntries);
        const model: number[] = [];
        const leave = () => (type === "queue" ? model.shift() : model.pop());
        for (const [op, value] of sequence) {
          const isFull = model.length === maxEntries;
          if (op === "push" && isFull) throwsCode("E2BIG", () => map.push(value));
          else if (op === "push" || op === "overwrite") {
            map.push(value, op === "push" ? undefined : { flags: BPF_EXIST });
            if (isFull) model.shift();
            model.push(value);
          } else if (op === "pop") assert.is(map.pop(), leave());
          else if (op === "peek") assert.is(map.peek(), type === "queue" ? model[0] : model.at(-1));
          else {
            const expected = Array.from({ length: model.length }, leave);
            assert.equal([...map.drain()], expected);
          }
          assert.is(map.isEmpty(), model.length === 0);
        }
        map.close();
      }),
      { numRuns: 100 },
    );
  });
}

test("queues and stacks have no keys", () => {
  assert.throws(() => kernel.createMap({ type: "queue", key: u32, value: u32, maxEntries: 1 } as never), /type "queue" has no keys/);
});

test.run();
