import { Errno } from "../../assembly/uapi/constants.ts";
import { failed, s32Of } from "./answers.ts";
import type { HostHelper } from "./run.ts";
import { skbOf } from "./skb_bytes_helpers.ts";
import { ETH_P_IP, ETH_P_IPV6 } from "./skb_layout.ts";

const LENGTH_MAX = 0xfff;
const MODE_NETWORK = 0;
const MODE_MAC = 1;
const ENCAP_L3_IPV4 = 1n << 1n;
const ENCAP_L3_IPV6 = 1n << 2n;
const DECAP_L3_IPV4 = 1n << 7n;
const DECAP_L3_IPV6 = 1n << 8n;
/** Flags 0 to 8, and the length of a layer 2 header in the highest byte. */
const FLAGS = 0x1ffn | (0xffn << 56n);

const both = (flags: bigint, one: bigint, other: bigint): boolean => (flags & one) !== 0n && (flags & other) !== 0n;

/** bpf_skb_adjust_room: makes room for a header behind the network or the MAC header, or takes such room away. */
export const skbRoomHelpers: { readonly [name: string]: HostHelper } = {
  skb_adjust_room: (run, _ctx, difference, mode, flags) => {
    const skb = skbOf(run);
    const delta = s32Of(difference);
    if (flags & ~FLAGS || both(flags, ENCAP_L3_IPV4, ENCAP_L3_IPV6) || both(flags, DECAP_L3_IPV4, DECAP_L3_IPV6)) {
      return failed(Errno.EINVAL);
    }
    if (Math.abs(delta) > LENGTH_MAX) return failed(Errno.EFAULT);
    const ipHeader = skb.protocol === ETH_P_IP ? 20 : skb.protocol === ETH_P_IPV6 ? 40 : 0;
    if (!ipHeader) return failed(Errno.ENOTSUPP);
    if (mode !== BigInt(MODE_NETWORK) && mode !== BigInt(MODE_MAC)) return failed(Errno.ENOTSUPP);
    const network = skb.macLength + skb.networkOffset;
    const at = mode === BigInt(MODE_NETWORK) ? network + ipHeader : network;
    if (delta < 0 && skb.packet.length + delta < network + ipHeader) return failed(Errno.ENOTSUPP);
    if (delta > 0 && skb.packet.length + delta > 0xffff) return failed(Errno.ENOTSUPP);
    if (delta > 0) skb.packet.insert(at, delta);
    else skb.packet.remove(at, -delta);
    skb.publish();
    return 0n;
  },
};
