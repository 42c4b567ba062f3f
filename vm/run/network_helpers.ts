import { Errno } from "../../assembly/uapi/constants.ts";
import { failed, u32Of } from "./answers.ts";
import type { HostHelper } from "./run.ts";
import { skbOf } from "./skb_bytes_helpers.ts";

// Helpers that would send a packet, look up a route or a socket: a machine with the loopback device alone answers them.

const LOOPBACK = 1n;
const XDP_REDIRECT = 4n;
const XDP_ABORTED = 0n;
const TC_ACT_SHOT = 2n;
const TC_ACT_REDIRECT = 7n;
const REDIRECT_INGRESS = 1n;
/** Hash of a packet that none was computed for: any number but 0 will do, the same for the same bytes. */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

function hashOf(bytes: Uint8Array): number {
  let hash = FNV_OFFSET;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return hash >>> 0 || 1;
}

const absent: HostHelper = () => 0n;

export const networkHelpers: { readonly [name: string]: HostHelper } = {
  redirect: ({ xdp }, _ifindex, flags) =>
    xdp ? (flags === 0n ? XDP_REDIRECT : XDP_ABORTED) : flags & ~REDIRECT_INGRESS ? TC_ACT_SHOT : TC_ACT_REDIRECT,
  redirect_peer: (_run, _ifindex, flags) => (flags ? TC_ACT_SHOT : TC_ACT_REDIRECT),
  redirect_neigh: (_run, _ifindex, params, size, flags) => ((size !== 0n && size < 20n) || flags || (params === 0n && size) ? TC_ACT_SHOT : TC_ACT_REDIRECT),
  clone_redirect: (_run, _ctx, ifindex, flags) => (flags & ~REDIRECT_INGRESS || ifindex !== LOOPBACK ? failed(Errno.EINVAL) : 0n),
  get_hash_recalc: (run) => {
    const skb = skbOf(run);
    if (skb.hash === 0) {
      skb.hash = hashOf(skb.packet.read(0, skb.packet.length));
      skb.publish();
    }
    return BigInt(skb.hash);
  },
  set_hash: (run, _ctx, hash) => {
    const skb = skbOf(run);
    skb.hash = u32Of(hash);
    skb.publish();
    return 0n;
  },
  set_hash_invalid: (run) => {
    const skb = skbOf(run);
    skb.hash = 0;
    skb.publish();
    return 0n;
  },
  get_route_realm: absent,
  get_cgroup_classid: absent,
  skb_cgroup_id: absent,
  skb_ancestor_cgroup_id: absent,
  skb_cgroup_classid: absent,
  get_socket_uid: absent,
  get_netns_cookie: () => 1n,
  sk_lookup_tcp: absent,
  sk_lookup_udp: absent,
  skc_lookup_tcp: absent,
  sk_release: absent,
  sk_fullsock: absent,
  tcp_sock: absent,
  get_listener_sock: absent,
};
