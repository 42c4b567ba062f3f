import type { Machine } from "./machine.ts";
import type { Packet } from "./packet.ts";
import { CB_SIZE, ETH_HEADER, ETH_P_IP, ETH_P_IPV6, protocolOf, Skb, SOCK_SIZE, swap16 } from "./skb_layout.ts";

const LOOPBACK = 1;
/** Kinds of destination, in pkt_type. */
const PACKET_HOST = 0;
const PACKET_MULTICAST = 2;
const PACKET_OTHERHOST = 3;
const AF_INET = 2;
const AF_INET6 = 10;
const SK_FAMILY = 4;

/** A VLAN tag, with its protocol and control information in the host's byte order. */
export interface VlanTag {
  readonly proto: number;
  readonly tci: number;
}

/** struct __sk_buff of a run, in data memory, and the frame that it describes. */
export class SkbContext {
  readonly machine: Machine;
  readonly address: number;
  /** From the MAC header on. */
  readonly packet: Packet;
  /** Bytes from the MAC header to where the program's packet starts: 0, or 14 for types that begin at the network header. */
  macLength: number;
  /** Bytes from the program's start of the packet to the network header. */
  networkOffset: number;
  /** EtherType of the frame. */
  protocol: number;
  pktType: number;
  /** A VLAN tag that is not part of the bytes. */
  vlan: VlanTag | undefined;
  hash = 0;

  /** A context over a frame; `address` is that of a block of SkbContext.SIZE bytes, filled with zeros. */
  constructor(machine: Machine, address: number, packet: Packet, atNetwork: boolean) {
    this.machine = machine;
    this.address = address;
    this.packet = packet;
    this.macLength = atNetwork ? ETH_HEADER : 0;
    this.networkOffset = atNetwork ? 0 : ETH_HEADER;
    const header = packet.read(0, ETH_HEADER);
    this.protocol = protocolOf((header[12] << 8) | header[13]);
    this.pktType = pktTypeOf(header);
    this.setU32(Skb.ifindex, LOOPBACK);
    machine.view().setBigUint64(address + Skb.sk, BigInt(address + Skb.SIZE), true);
    machine.view().setUint32(address + Skb.SIZE + SK_FAMILY, AF_INET, true);
    this.publish();
  }

  /** Bytes of a context: struct __sk_buff and the socket that it points to. */
  static readonly SIZE = Skb.SIZE + SOCK_SIZE;

  /** Address of the packet's first byte that the program sees. */
  get start(): number {
    return this.packet.start + this.macLength;
  }

  /** Bytes of the packet that the program sees. */
  get length(): number {
    return this.packet.length - this.macLength;
  }

  getU32(offset: number): number {
    return this.machine.view().getUint32(this.address + offset, true);
  }

  setU32(offset: number, value: number): void {
    this.machine.view().setUint32(this.address + offset, value, true);
  }

  /** The control buffer, to be read and written. */
  get cb(): Uint8Array {
    return this.machine.bytes().subarray(this.address + Skb.cb, this.address + Skb.cb + CB_SIZE);
  }

  /** Writes the fields that helpers change. Done after each that did. */
  publish(): void {
    this.setU32(Skb.len, this.length);
    this.setU32(Skb.pkt_type, this.pktType);
    this.setU32(Skb.protocol, swap16(this.protocol));
    this.setU32(Skb.vlan_present, this.vlan ? 1 : 0);
    this.setU32(Skb.vlan_tci, this.vlan?.tci ?? 0);
    this.setU32(Skb.vlan_proto, this.vlan ? swap16(this.vlan.proto) : 0);
    this.setU32(Skb.hash, this.hash);
    this.setU32(Skb.data, this.start);
    this.setU32(Skb.data_end, this.packet.end);
    this.setU32(Skb.data_meta, this.start);
  }

  /** The addresses of an IP packet, for the type that shows them: CGROUP_SKB. */
  publishAddresses(): void {
    const view = this.machine.view();
    const bytes = this.machine.bytes();
    const ip = this.packet.start + ETH_HEADER;
    const copy = (to: number, from: number, length: number): void => {
      bytes.copyWithin(this.address + to, ip + from, ip + from + length);
    };
    const family = this.protocol === ETH_P_IP ? AF_INET : this.protocol === ETH_P_IPV6 ? AF_INET6 : 0;
    this.setU32(Skb.family, family);
    view.setUint32(this.address + Skb.SIZE + SK_FAMILY, family, true);
    if (family === AF_INET) {
      copy(Skb.remote_ip4, 16, 4);
      copy(Skb.local_ip4, 12, 4);
    } else if (family === AF_INET6) {
      copy(Skb.remote_ip6, 24, 16);
      copy(Skb.local_ip6, 8, 16);
    }
  }
}

function pktTypeOf(destination: Uint8Array): number {
  if (destination[0] & 1) return PACKET_MULTICAST;
  return destination.subarray(0, 6).every((byte) => byte === 0) ? PACKET_HOST : PACKET_OTHERHOST;
}
