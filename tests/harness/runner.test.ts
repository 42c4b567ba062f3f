// The runner itself: what it counts, and that no failure hides another. Each test runs files of its own, inside this one.
import { suite, type Test } from "uvu";
import * as assert from "uvu/assert";
import { u32 } from "../../bindings/index.ts";
import { newKernel } from "./kernel.ts";
import { checkLeaks } from "./leak.ts";
import { runFiles, type Summary } from "./runner.ts";

const test = suite("runner");
const kernel = newKernel();

/** What a file counts whose suites are made by `write`. */
const summaryOf = (write: (inner: Test) => void): Promise<Summary> => {
  const load = async (): Promise<void> => {
    const inner = suite("inner");
    write(inner);
    inner.run();
  };
  return runFiles([{ name: "inner.test.ts", load }]);
};

test("a test that fails with its map open: both the test's message and the leak are told", async () => {
  const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 1 });
  map.close();
  let left: { close(): void } | undefined;
  const { passed, failed, failures } = await summaryOf((inner) => {
    checkLeaks(inner, kernel);
    inner("passes", () => {});
    inner("fails", () => {
      left = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 1 });
      throw new Error("the test's own message");
    });
  });
  left!.close();
  assert.equal([passed, failed, failures.length], [1, 2, 2]);
  assert.match(failures[0], "the test's own message");
  assert.match(failures[1], /inner\.test\.ts: after the suite\nlive bytes and objects are back at their start\n[^]*objects/);
});

test("a leak alone is a failure", async () => {
  let left: { close(): void } | undefined;
  const { passed, failed } = await summaryOf((inner) => {
    checkLeaks(inner, kernel);
    inner("leaks", () => void (left = kernel.createMap({ type: "array", value: u32, maxEntries: 1 })));
  });
  left!.close();
  assert.equal([passed, failed], [1, 1]);
});

test("files without a test, files that do not load and hooks that throw are failures", async () => {
  const empty = await runFiles([{ name: "empty.test.ts", load: async () => {} }]);
  assert.is(empty.failed, 1);
  const broken = await runFiles([{ name: "broken.test.ts", load: () => Promise.reject(new Error("no such module")) }]);
  assert.match(broken.failures[0], "no such module");
  const hooked = await summaryOf((inner) => {
    inner.after(() => {
      throw new Error("the hook's message");
    });
    inner("passes", () => {});
  });
  assert.is(hooked.failed, 1);
  assert.match(hooked.failures[0], "the hook's message");
  assert.is((await runFiles([])).failed, 1);
});

test("a skip without a reason is a failure", async () => {
  const { failed, skipped, failures } = await summaryOf((inner) => inner.skip("silently"));
  assert.equal([failed, skipped], [1, 1]);
  assert.match(failures[0], "a skip must say why");
});

test.run();
