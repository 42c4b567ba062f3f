// What happens to objects of the library that are posted to another thread: an error that says what to do instead.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type RingRecord, u32 } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";

const test = suite("clone");
const kernel = newKernel();
const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 4, name: "flows" });
const ring = kernel.createMap({ type: "ringbuf", maxEntries: 4096 });

/** [what it is, the object]. */
const OBJECTS: [name: string, object: object][] = [
  ["a kernel", kernel],
  ["a map", map],
  ["a ring buffer", ring],
  ["a record", ring.reserve(8) as RingRecord],
  ["a bpffs", kernel.bpffs],
];

for (const [name, object] of OBJECTS) {
  test(`${name} cannot be cloned or posted, and the error says why`, () => {
    const { port1, port2 } = new MessageChannel();
    for (const post of [() => structuredClone(object), () => structuredClone({ deep: [object] }), () => port1.postMessage(object)]) {
      assert.throws(post, (error: unknown) => (error as Error).name === "DataCloneError");
    }
    port1.close();
    port2.close();
    // What V8 and SpiderMonkey quote is the symbol.
    assert.match(String((object as { unclonable: symbol }).unclonable), /post the bytes of kernel\.snapshot\(\)/);
  });

  test(`${name} can be copied, compared and printed as before`, () => {
    assert.is({ ...object }.constructor, Object);
    assert.equal(object, object);
    assert.not.match(JSON.stringify(object), /snapshot|clon/);
    assert.not.match((object as { [name: symbol]: () => string })[Symbol.for("nodejs.util.inspect.custom")](), /snapshot|clon/);
  });
}

test.run();
