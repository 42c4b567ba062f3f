import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FlowAccounts } from "../../cli/flows/accounts.ts";
import { FLOW_KEY_SIZE } from "../../cli/flows/flow_key.ts";
import { SLOT_COUNT, SLOT_NOT_IP } from "../../cli/flows/protocols.ts";
import { newKernel } from "../harness/kernel.ts";
import { checkLeaks } from "../harness/leak.ts";

const kernel = newKernel({ seed: 1n });

function keyOf(flow: number): Uint8Array {
  const key = new Uint8Array(FLOW_KEY_SIZE);
  new DataView(key.buffer).setUint32(0, flow);
  return key;
}

const test = suite("flows: accounts");
checkLeaks(test, kernel);

test("every slot has counters of its own", () => {
  const accounts = new FlowAccounts(kernel, 300);
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    for (let i = 0; i <= slot; i++) accounts.add(slot, keyOf(slot), 1000, BigInt(slot + i));
  }
  const { protocols, packets, bytes, firstNs, lastNs } = accounts.totals();
  const expected = Array.from({ length: SLOT_COUNT }, (_, i) => {
    const slot = SLOT_COUNT - 1 - i;
    const count = BigInt(slot + 1);
    return { slot, packets: count, bytes: 1000n * count, firstNs: BigInt(slot), lastNs: BigInt(2 * slot) };
  });
  assert.equal(protocols, expected);
  assert.equal([packets, bytes, firstNs, lastNs], [33_930n, 33_930_000n, 0n, 518n]);
  // The slots behind the last protocol belong to no flow.
  assert.is(accounts.topFlows(0).flowCount, SLOT_NOT_IP);
  accounts.close();
});

test("memory that grows in between takes no counters away", () => {
  // A kernel of its own, since memory never shrinks.
  const small = newKernel();
  const accounts = new FlowAccounts(small, 100_000);
  const before = small.memory.buffer.byteLength;
  for (let flow = 0; flow < 100_000; flow++) accounts.add(6, keyOf(flow), 60, 1n);
  assert.ok(small.memory.buffer.byteLength > before, "the memory has grown");
  assert.equal(accounts.totals().protocols, [
    { slot: 6, packets: 100_000n, bytes: 6_000_000n, firstNs: 1n, lastNs: 1n },
  ]);
  assert.is(accounts.topFlows(3).flowCount, 100_000);
  accounts.close();
});

test("dropped flows are told apart up to a limit, and their packets counted without one", () => {
  const accounts = new FlowAccounts(kernel, 10, 5);
  const rounds = (flows: number): void => {
    for (let flow = 0; flow < flows; flow++) accounts.add(17, keyOf(flow), 100, 0n);
  };
  rounds(10);
  assert.equal(accounts.dropped, { flows: 0, flowsAreMore: false, packets: 0n, bytes: 0n });
  rounds(15);
  rounds(15);
  assert.equal(accounts.dropped, { flows: 5, flowsAreMore: false, packets: 10n, bytes: 1000n });
  rounds(16);
  rounds(20);
  assert.equal(accounts.dropped, { flows: 5, flowsAreMore: true, packets: 26n, bytes: 2600n });
  const { flowCount, topFlows } = accounts.topFlows(100);
  assert.is(flowCount, 10);
  assert.ok(topFlows.every(({ packets }) => packets === 5n));
  accounts.close();
});

test.run();
