import { BPF_F_MMAPABLE, BPF_F_NO_PREALLOC, BpfError, bytes, u32, u8, type Kernel } from "../../bindings/index.ts";
import { COUNTERS, MappedCounters, count, type Counters } from "./counters.ts";
import { FLOW_KEY_SIZE } from "./flow_key.ts";
import { SLOT_COUNT } from "./protocols.ts";
import { topFlows, type Flow } from "./top_flows.ts";

const DROPPED_FLOWS_MAX = 1_048_576;

export interface ProtocolCounters extends Counters {
  /** The IP protocol, or one of the slots of protocols.ts. */
  slot: number;
}

/** What did not fit into the flow map. */
export interface DroppedFlows {
  /** Different flows; a lower bound if flowsAreMore. */
  flows: number;
  flowsAreMore: boolean;
  packets: bigint;
  bytes: bigint;
}

/**
 * The accounts of a capture, in three maps: an array with the counters of each protocol, a hash with those of each
 * flow, and, once that is full, a hash with the keys of the flows that found no room.
 */
export class FlowAccounts {
  readonly dropped: DroppedFlows = { flows: 0, flowsAreMore: false, packets: 0n, bytes: 0n };

  readonly #kernel: Kernel;
  readonly #droppedFlowsMax: number;
  readonly #protocols;
  readonly #protocolCounters: MappedCounters;
  readonly #flows;
  #droppedKeys: ReturnType<typeof createDroppedKeys> | undefined;
  /** One object for all packets: the flow map copies it in and out. */
  readonly #flowCounters: Counters = { packets: 0n, bytes: 0n, firstNs: 0n, lastNs: 0n };

  /** Beyond `maxFlows`, `droppedFlowsMax` flows are still told apart, though not accounted. */
  constructor(kernel: Kernel, maxFlows: number, droppedFlowsMax: number = DROPPED_FLOWS_MAX) {
    this.#kernel = kernel;
    this.#droppedFlowsMax = droppedFlowsMax;
    this.#protocols = kernel.createMap({
      type: "array",
      name: "protocols",
      key: u32,
      value: COUNTERS,
      maxEntries: SLOT_COUNT,
      flags: BPF_F_MMAPABLE,
    });
    this.#protocolCounters = new MappedCounters(this.#protocols);
    // Without preallocation, so that a generous limit costs a small capture nothing.
    this.#flows = kernel.createMap({
      type: "hash",
      name: "flows",
      key: bytes(FLOW_KEY_SIZE),
      value: COUNTERS,
      maxEntries: maxFlows,
      flags: BPF_F_NO_PREALLOC,
    });
  }

  /** Accounts one packet: `slot` is its protocol, or why it has no flow and `flowKey` no meaning. */
  add(slot: number, flowKey: Uint8Array, wireLength: number, timeNs: bigint): void {
    const length = BigInt(wireLength);
    count(this.#protocolCounters.select(slot), length, timeNs);
    if (slot >= 256) return;

    const counters = this.#flowCounters;
    if (!this.#flows.getInto(flowKey, counters)) {
      // A full map stays full, since nothing is ever deleted from it: one refusal answers for all new flows.
      if (this.#droppedKeys !== undefined) return this.#drop(flowKey, length);
      counters.packets = counters.bytes = 0n;
    }
    count(counters, length, timeNs);
    try {
      this.#flows.set(flowKey, counters);
    } catch (error) {
      if (!(error instanceof BpfError && error.code === "E2BIG")) throw error;
      this.#droppedKeys = createDroppedKeys(this.#kernel, this.#droppedFlowsMax);
      this.#drop(flowKey, length);
    }
  }

  /** The counters of each protocol that has any, most bytes first, and their sums. */
  totals(): Counters & { protocols: ProtocolCounters[] } {
    const protocols: ProtocolCounters[] = [];
    const sums: Counters = { packets: 0n, bytes: 0n, firstNs: 0n, lastNs: 0n };
    for (const [slot, counters] of this.#protocols) {
      if (counters.packets === 0n) continue;
      protocols.push({ slot, ...counters });
      if (sums.packets === 0n || counters.firstNs < sums.firstNs) sums.firstNs = counters.firstNs;
      if (counters.lastNs > sums.lastNs) sums.lastNs = counters.lastNs;
      sums.packets += counters.packets;
      sums.bytes += counters.bytes;
    }
    protocols.sort((a, b) => Number(b.bytes - a.bytes) || a.slot - b.slot);
    return { ...sums, protocols };
  }

  /** How many flows the flow map holds, and the `count` largest of them. */
  topFlows(count: number): { flowCount: number; topFlows: Flow[] } {
    return { flowCount: this.#flows.count(), topFlows: topFlows(this.#flows, count) };
  }

  close(): void {
    this.#protocols.close();
    this.#flows.close();
    this.#droppedKeys?.close();
  }

  #drop(flowKey: Uint8Array, length: bigint): void {
    const { dropped } = this;
    dropped.packets++;
    dropped.bytes += length;
    const keys = this.#droppedKeys;
    if (keys === undefined || dropped.flowsAreMore || keys.has(flowKey)) return;
    if (dropped.flows === this.#droppedFlowsMax) {
      dropped.flowsAreMore = true;
      return;
    }
    keys.set(flowKey, 1);
    dropped.flows++;
  }
}

function createDroppedKeys(kernel: Kernel, maxEntries: number) {
  return kernel.createMap({
    type: "hash",
    name: "dropped",
    key: bytes(FLOW_KEY_SIZE),
    value: u8,
    maxEntries,
    flags: BPF_F_NO_PREALLOC,
  });
}
