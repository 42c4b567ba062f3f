import { Errno } from "../../assembly/uapi/constants.ts";
import { failed, u32Of } from "./answers.ts";
import type { HostHelper } from "./run.ts";
import { skbOf } from "./skb_bytes_helpers.ts";
import { ETH_P_8021AD, ETH_P_8021Q, ETH_P_IP, ETH_P_IPV6, protocolOf, swap16 } from "./skb_layout.ts";
import type { SkbContext, VlanTag } from "./skb_context.ts";

// Helpers that change the length of a frame or what kind it is.

/** The longest frame that growing may make. */
const LENGTH_MAX = 16064;
const MAC_ADDRESSES = 12;
const VLAN_SIZE = 4;
const ETHER_TYPE = 2;
const PKT_TYPE_MAX = 3;
const IPV4_HEADER = 20;
const IPV6_HEADER = 40;

/** Whether a frame may have this many bytes. */
const lengthFits = (skb: SkbContext, length: number): boolean => length >= skb.networkOffset && length <= LENGTH_MAX;

const isTag = (protocol: number): boolean => protocol === ETH_P_8021Q || protocol === ETH_P_8021AD;

/** Puts the tag that is beside the frame into its bytes. */
function insertTag(skb: SkbContext): void {
  if (!skb.vlan) return;
  skb.packet.insert(MAC_ADDRESSES, VLAN_SIZE);
  const { proto, tci } = skb.vlan;
  skb.packet.write(MAC_ADDRESSES, Uint8Array.of(proto >> 8, proto & 0xff, tci >> 8, tci & 0xff));
  skb.networkOffset += VLAN_SIZE;
  skb.protocol = proto;
}

/** Takes the outermost tag out of the frame's bytes; undefined when there is none. */
function takeTag(skb: SkbContext): VlanTag | undefined {
  if (!isTag(skb.protocol) || skb.packet.length < MAC_ADDRESSES + VLAN_SIZE + ETHER_TYPE) return undefined;
  const [, , tciHigh, tciLow, typeHigh, typeLow] = skb.packet.read(MAC_ADDRESSES, VLAN_SIZE + ETHER_TYPE);
  const tag = { proto: skb.protocol, tci: (tciHigh << 8) | tciLow };
  skb.packet.remove(MAC_ADDRESSES, VLAN_SIZE);
  skb.networkOffset = Math.max(0, skb.networkOffset - VLAN_SIZE);
  skb.protocol = protocolOf((typeHigh << 8) | typeLow);
  return tag;
}

export const skbShapeHelpers: { readonly [name: string]: HostHelper } = {
  skb_change_tail: (run, _ctx, length, flags) => {
    const skb = skbOf(run);
    const wanted = u32Of(length);
    if (flags !== 0n || !lengthFits(skb, wanted)) return failed(Errno.EINVAL);
    skb.packet.moveEnd(wanted - skb.length);
    skb.publish();
    return 0n;
  },
  skb_change_head: (run, _ctx, length, flags) => {
    const skb = skbOf(run);
    const added = u32Of(length);
    if (flags !== 0n || skb.length + added > LENGTH_MAX) return failed(Errno.EINVAL);
    skb.packet.insert(skb.macLength, added);
    skb.networkOffset += added;
    skb.publish();
    return 0n;
  },
  skb_change_type: (run, _ctx, type) => {
    const skb = skbOf(run);
    if (u32Of(type) > PKT_TYPE_MAX) return failed(Errno.EINVAL);
    skb.pktType = u32Of(type);
    skb.publish();
    return 0n;
  },
  skb_change_proto: (run, _ctx, protocol, flags) => {
    const skb = skbOf(run);
    if (flags !== 0n) return failed(Errno.EINVAL);
    const wanted = swap16(u32Of(protocol) & 0xffff);
    const at = skb.macLength + skb.networkOffset;
    if (skb.protocol === ETH_P_IP && wanted === ETH_P_IPV6) skb.packet.insert(at, IPV6_HEADER - IPV4_HEADER);
    else if (skb.protocol === ETH_P_IPV6 && wanted === ETH_P_IP) skb.packet.remove(at, IPV6_HEADER - IPV4_HEADER);
    else return failed(Errno.ENOTSUPP);
    skb.protocol = wanted;
    skb.publish();
    return 0n;
  },
  skb_vlan_push: (run, _ctx, proto, tci) => {
    const skb = skbOf(run);
    const tag = { proto: swap16(u32Of(proto) & 0xffff) === ETH_P_8021AD ? ETH_P_8021AD : ETH_P_8021Q, tci: u32Of(tci) & 0xffff };
    insertTag(skb);
    skb.vlan = tag;
    skb.hash = 0;
    skb.publish();
    return 0n;
  },
  skb_vlan_pop: (run) => {
    const skb = skbOf(run);
    if (skb.vlan) skb.vlan = undefined;
    else takeTag(skb);
    // The next tag comes out of the bytes, to stand beside them.
    skb.vlan = takeTag(skb);
    skb.publish();
    return 0n;
  },
};
