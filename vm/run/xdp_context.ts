import type { Machine } from "./machine.ts";
import type { XdpPacket } from "./xdp_packet.ts";

/** Bytes of struct xdp_md. */
export const XDP_MD_SIZE = 24;
const DATA = 0;
const DATA_END = 4;
const DATA_META = 8;
const INGRESS_IFINDEX = 12;
const RX_QUEUE_INDEX = 16;

/** struct xdp_md of a run, in data memory, and the packet that it describes. */
export class XdpContext {
  readonly #machine: Machine;
  readonly address: number;
  readonly packet: XdpPacket;

  constructor(machine: Machine, address: number, packet: XdpPacket, ingressIfindex: number, rxQueueIndex: number) {
    this.#machine = machine;
    this.address = address;
    this.packet = packet;
    machine.view().setUint32(address + INGRESS_IFINDEX, ingressIfindex, true);
    machine.view().setUint32(address + RX_QUEUE_INDEX, rxQueueIndex, true);
    this.publish();
  }

  /** Writes where the packet lies. Done whenever it moved. */
  publish(): void {
    const view = this.#machine.view();
    const { linear, metaLength } = this.packet;
    view.setUint32(this.address + DATA, linear.start, true);
    view.setUint32(this.address + DATA_END, linear.end, true);
    view.setUint32(this.address + DATA_META, linear.start - metaLength, true);
  }
}

/** The fields of the caller's struct xdp_md that may be set. */
export interface XdpMd {
  readonly data: number;
  readonly dataEnd: number;
  readonly dataMeta: number;
  readonly ingressIfindex: number;
  readonly rxQueueIndex: number;
  readonly egressIfindex: number;
}

export function parseXdpMd(bytes: Uint8Array): XdpMd {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const field = (offset: number): number => view.getUint32(offset, true);
  return {
    data: field(DATA),
    dataEnd: field(DATA_END),
    dataMeta: field(DATA_META),
    ingressIfindex: field(INGRESS_IFINDEX),
    rxQueueIndex: field(RX_QUEUE_INDEX),
    egressIfindex: field(20),
  };
}

/** struct xdp_md as TEST_RUN gives it back: offsets from the start of the metadata instead of addresses. */
export function xdpMdOf(packet: XdpPacket, given: XdpMd): Uint8Array {
  const bytes = new Uint8Array(XDP_MD_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(DATA, packet.metaLength, true);
  view.setUint32(DATA_END, packet.metaLength + packet.linear.length, true);
  view.setUint32(INGRESS_IFINDEX, given.ingressIfindex, true);
  view.setUint32(RX_QUEUE_INDEX, given.rxQueueIndex, true);
  return bytes;
}
