import { MapType } from "../uapi/constants";
import { Fault } from "../uapi/fault";
import { Frame, frame, frame_ptr } from "../mem/frame";
import { is_err } from "../map/map";
import { ops_lookup } from "../map/ops";
import { map_arg } from "./args";
import { fault } from "./run";

// bpf_redirect_map: whether a slot of a map of devices, CPUs or sockets is filled. What then happens to the packet is the
// host's matter.

const XDP_ABORTED: u64 = 0;
const XDP_REDIRECT: u64 = 4;
/** The two low bits of the flags are the answer for an empty slot. */
const ACTION_MASK: u64 = 3;
const BROADCAST: u64 = 8;
const EXCLUDE_INGRESS: u64 = 16;

/** A bit for each of the types that packets can be redirected to, and for those that take BROADCAST. */
const DEVICES: u64 = (1 << <u64>MapType.DEVMAP) | (1 << <u64>MapType.DEVMAP_HASH);
const TARGETS: u64 = DEVICES | (1 << <u64>MapType.CPUMAP) | (1 << <u64>MapType.XSKMAP);

/** XDP_REDIRECT, the action in `flags` for an empty slot, XDP_ABORTED for unknown flags. */
export function redirect_map(map_ptr: u64, key: u64, flags: u64): u64 {
  const map = map_arg(map_ptr);
  if (!((TARGETS >> map.type) & 1)) fault(Fault.MAP_TYPE);
  const several = (DEVICES >> map.type) & 1 ? BROADCAST | EXCLUDE_INGRESS : 0;
  if (flags & ~(ACTION_MASK | several)) return XDP_ABORTED;
  if (flags & BROADCAST) return XDP_REDIRECT;
  frame().key_low = <u32>key;
  const slot = ops_lookup(map.type, changetype<usize>(map), frame_ptr() + offsetof<Frame>("key_low"));
  return is_err(slot) ? flags & ACTION_MASK : XDP_REDIRECT;
}
