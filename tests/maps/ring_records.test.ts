// The iterator of `records`: how it waits, what wakes it, and how it ends. And rings that are used by their own callbacks.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_RB_FORCE_WAKEUP, BPF_RB_NO_WAKEUP, BpfError, type RingBuffer, type RingRecord } from "../../bindings/index.ts";
import { coreOf } from "../../bindings/abi/internals.ts";
import { checkLeaks } from "../harness/leak.ts";
import { newKernel } from "../harness/kernel.ts";

const kernel = newKernel();
const test = suite("ring records");
checkLeaks(test, kernel);

const DONE = { value: undefined, done: true };
const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const isCode = (code: string) => (error: unknown) => error instanceof BpfError && error.code === code;
/** Lets everything that is resolved run. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
const waiting = (): number => coreOf(kernel).wakeups.maps;

function withRing(body: (ring: RingBuffer) => void | Promise<void>): () => Promise<void> {
  return async () => {
    const ring = kernel.createMap({ type: "ringbuf", maxEntries: 4096, name: "events" });
    await body(ring);
    ring.close();
    assert.is(waiting(), 0, "nobody waits for the ring any more");
  };
}

test("return settles while next waits, and takes no record", withRing(async (ring) => {
  const records = ring.records();
  const nexts = [records.next(), records.next()];
  await settle();
  assert.equal(await records.return!(), DONE);
  assert.equal(await Promise.all(nexts), [DONE, DONE]);
  assert.is(waiting(), 0);
  ring.output(bytes(1));
  assert.equal(await records.next(), DONE);
  assert.equal(ring.consume(), bytes(1));
}));

test("return between the wakeup and the read leaves the record in the ring", withRing(async (ring) => {
  const records = ring.records();
  const next = records.next();
  ring.output(bytes(1));
  const ended = records.return!();
  assert.equal([await next, await ended], [DONE, DONE]);
  assert.equal(ring.consume(), bytes(1));
}));

test("throw ends it too, and rejects", withRing(async (ring) => {
  const records = ring.records();
  const next = records.next();
  const thrown = await records.throw!(new Error("enough")).catch((error: Error) => error.message);
  assert.equal([await next, thrown, await records.next()], [DONE, "enough", DONE]);
}));

test("an abort, a timeout, and the end of the object end the wait", withRing(async (ring) => {
  const stop = new AbortController();
  const copy = ring.dup();
  const ends = [ring.records({ signal: stop.signal }), ring.records({ signal: AbortSignal.timeout(5) }), copy.records()].map((records) =>
    records.next().then((result) => result.done, (error: Error) => error.name),
  );
  stop.abort();
  copy.close();
  // The timer of a signal does not keep every runtime alive.
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(await Promise.all(ends), ["AbortError", "TimeoutError", true]);
}));

test("after an abort the iteration is over", withRing(async (ring) => {
  const stop = new AbortController();
  const records = ring.records({ signal: stop.signal });
  const next = records.next();
  stop.abort(new Error("enough"));
  assert.is(await next.catch((error: Error) => error.message), "enough");
  ring.output(bytes(1));
  assert.equal(await records.next(), DONE);
  assert.equal(ring.consume(), bytes(1));
}));

test("calls of next are answered in their order", withRing(async (ring) => {
  const records = ring.records();
  ring.output(bytes(1));
  const nexts = [1, 2, 3, 4].map(() => records.next());
  for (const value of [2, 3, 4]) ring.output(bytes(value));
  const values = (await Promise.all(nexts)).map(({ value }) => value[0]);
  assert.equal(values, [1, 2, 3, 4]);
  await records.return!();
}));

test("what is no signal is refused", withRing((ring) => {
  for (const signal of [1, {}, null]) {
    assert.throws(() => ring.records({ signal: signal as never }), (error: Error) => error instanceof TypeError && /^Cannot read from map "events": signal must be an AbortSignal: current value is /.test(error.message));
  }
}));

const NO = BPF_RB_NO_WAKEUP;
const FORCE = BPF_RB_FORCE_WAKEUP;
/** [flags of the records, how many of them a reader has that waited before the first]. What an epoll_wait of Linux 6.18 does. */
const WAKEUPS: [flags: number[], read: number][] = [
  [[0], 1],
  [[NO], 0],
  [[NO, 0], 0],
  [[NO, 0, 0], 0],
  [[NO, FORCE], 2],
  [[NO, 0, FORCE], 3],
  [[0, NO], 1],
  [[0, 0], 2],
  [[0, NO, 0], 1],
  [[FORCE | NO], 1],
];

for (const [flags, read] of WAKEUPS) {
  for (const way of ["output", "submit"] as const) {
    test(`${way} with flags ${flags.join(", ")}: a reader that waits has ${read}`, withRing(async (ring) => {
      let seen = 0;
      const records = ring.records();
      const reader = (async () => {
        for await (const _ of records) seen++;
      })();
      await settle();
      for (const flag of flags) {
        if (way === "output") ring.output(bytes(1), { flags: flag });
        else (ring.reserve(1) as RingRecord).submit({ flags: flag });
        await settle();
      }
      assert.is(seen, read);
      await records.return!();
      await reader;
      ring.drain(() => {});
    }));
  }
}

test("once the unread records are read, flags 0 wakes again", withRing(async (ring) => {
  const next = ring.records().next();
  ring.output(bytes(1), { flags: NO });
  assert.equal(ring.consume(), bytes(1));
  ring.output(bytes(2));
  assert.equal((await next).value, bytes(2));
}));

test("a callback of drain: reads by the same object, submits, closes", withRing((ring) => {
  const later = ring.reserve(1) as RingRecord;
  ring.output(bytes(2));
  later.data[0] = 1;
  later.submit();
  const seen: number[] = [];
  const copy = ring.dup();
  copy.drain(([n]) => {
    seen.push(n);
    for (const read of [() => copy.consume(), () => copy.consumeInto(bytes(0)), () => copy.drain(() => {})]) assert.throws(read, isCode("EBUSY"));
    const record = copy.reserve(1) as RingRecord;
    record.data[0] = 3;
    record.submit();
    if (seen.length === 2) copy.close();
  });
  assert.equal(seen, [1, 2]);
  assert.throws(() => copy.consume(), isCode("EBADF"));
  // The record of the callback that closed the object was not passed.
  assert.equal(ring.consume(), bytes(2));
  ring.drain(([n]) => assert.is(n, 3));
}));

test("a callback of a user ring's drain: writes, drains, closes", () => {
  const ring = kernel.createMap({ type: "user_ringbuf", maxEntries: 4096 });
  ring.output(bytes(1));
  const seen: number[] = [];
  ring.drain(([n]) => {
    seen.push(n);
    assert.throws(() => ring.drain(() => {}), isCode("EBUSY"));
    if (n < 3) ring.output(bytes(n + 1));
    else ring.close();
  });
  assert.equal(seen, [1, 2, 3]);
  assert.throws(() => ring.drain(() => {}), isCode("EBADF"));
});

test.run();
