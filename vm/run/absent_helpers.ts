import { Errno } from "../../assembly/uapi/constants.ts";
import { failed, s32Of, u32Of } from "./answers.ts";
import { bufferOf, type HostHelper, type Run } from "./run.ts";

// Helpers about parts of a kernel that are not here: tunnels, routes, sockets, cgroups, performance counters, stacks, signals.
// They check their arguments as Linux does and then answer as a machine where the thing asked for does not exist.

const answer = (value: number): HostHelper => () => (value < 0 ? failed(-value) : BigInt(value));
const absent = answer(0);
const noEntry = answer(-Errno.ENOENT);
const invalid = answer(-Errno.EINVAL);
const unsupported = answer(-Errno.EOPNOTSUPP);

/** Fills the buffer with zeros before it answers, as helpers do whose callers read it without looking at R0. */
const cleared =
  (buffer: (r1: bigint, r2: bigint, r3: bigint, r4: bigint) => readonly [address: bigint, size: bigint], errno: Errno): HostHelper =>
  (run, r1, r2, r3, r4) => {
    const [address, size] = buffer(r1, r2, r3, r4);
    bufferOf(run, address, u32Of(size)).fill(0);
    return failed(errno);
  };

const TUNNEL_KEY_SIZES = [28, 44, 48];
const TUNNEL_FLAGS = 0x3fn;
const FIB_FLAGS = 0x3fn;
const FIB_PARAMS_SIZE = 64;
const AF_INET = 2;
const AF_INET6 = 10;
const FIB_NO_FORWARDING = 5n;
const LOOPBACK = 1;
const LOOPBACK_MTU = 65536;
const FRAGMENTATION_NEEDED = 1n;
const SIGNAL_MAX = 64n;
const PERF_VALUE_SIZE = 24n;
const STACK_SKIP = 0xffn;
const STACK_FLAGS = 0xfffn;

function fibLookup(run: Run, params: bigint, size: number, flags: bigint): bigint {
  if (size < FIB_PARAMS_SIZE || flags & ~FIB_FLAGS) return failed(Errno.EINVAL);
  const buffer = bufferOf(run, params, size);
  const view = new DataView(buffer.buffer, buffer.byteOffset);
  const family = view.getUint8(0);
  if (family !== AF_INET && family !== AF_INET6) return failed(Errno.EAFNOSUPPORT);
  return view.getUint32(8, true) === LOOPBACK ? FIB_NO_FORWARDING : failed(Errno.ENODEV);
}

function checkMtu(run: Run, ifindex: number, mtuAddress: bigint, difference: number, flags: bigint): bigint {
  if (flags & ~1n) return failed(Errno.EINVAL);
  if (ifindex > LOOPBACK) return failed(Errno.ENODEV);
  const buffer = bufferOf(run, mtuAddress, 4);
  const view = new DataView(buffer.buffer, buffer.byteOffset);
  const given = view.getUint32(0, true);
  view.setUint32(0, LOOPBACK_MTU, true);
  const ETH_HEADER = 14;
  const length = given !== 0 ? given + ETH_HEADER : (run.skb?.length ?? run.xdp?.packet.length ?? 0);
  return length + difference > LOOPBACK_MTU + ETH_HEADER ? FRAGMENTATION_NEEDED : 0n;
}

/** bpf_get_stack and bpf_get_task_stack: no frames are known, so a stack has none. */
function stackInto(run: Run, to: bigint, size: number, flags: bigint): bigint {
  if (flags & ~STACK_FLAGS || size % 8 !== 0) {
    bufferOf(run, to, size).fill(0);
    return failed(Errno.EINVAL);
  }
  bufferOf(run, to, size).fill(0);
  return flags & STACK_SKIP ? failed(Errno.EFAULT) : 0n;
}

export const absentHelpers: { readonly [name: string]: HostHelper } = {
  skb_get_tunnel_key: cleared((_ctx, to, size) => [to, size], Errno.EINVAL),
  skb_set_tunnel_key: (_run, _ctx, _from, size, flags) =>
    flags & ~TUNNEL_FLAGS || !TUNNEL_KEY_SIZES.includes(u32Of(size)) ? failed(Errno.EINVAL) : 0n,
  skb_get_tunnel_opt: cleared((_ctx, to, size) => [to, size], Errno.ENOENT),
  skb_set_tunnel_opt: invalid,
  skb_get_xfrm_state: cleared((_ctx, _index, to, size) => [to, size], Errno.EINVAL),
  fib_lookup: (run, _ctx, params, size, flags) => fibLookup(run, params, u32Of(size), flags),
  check_mtu: (run, _ctx, ifindex, mtu, difference, flags) => checkMtu(run, u32Of(ifindex), mtu, s32Of(difference), flags),
  skb_ecn_set_ce: answer(1),
  skb_set_tstamp: (run, _ctx, tstamp, type) => {
    if (u32Of(type) > 1 || (u32Of(type) === 1) !== (tstamp !== 0n)) {
      return u32Of(type) === 0 && tstamp !== 0n ? 0n : failed(Errno.EINVAL);
    }
    return 0n;
  },
  lwt_push_encap: invalid,
  lwt_seg6_store_bytes: invalid,
  lwt_seg6_adjust_srh: invalid,
  lwt_seg6_action: invalid,

  get_socket_cookie: answer(1),
  sk_storage_get: absent,
  sk_storage_delete: noEntry,
  task_storage_get: absent,
  task_storage_delete: noEntry,
  inode_storage_get: absent,
  inode_storage_delete: noEntry,
  cgrp_storage_get: absent,
  cgrp_storage_delete: noEntry,
  get_local_storage: absent,
  sk_assign: (_run, _ctx, socket) => (socket ? failed(Errno.EINVAL) : 0n),
  sk_select_reuseport: noEntry,
  sk_cgroup_id: absent,
  sk_ancestor_cgroup_id: absent,
  skc_to_tcp6_sock: absent,
  skc_to_tcp_sock: absent,
  skc_to_tcp_timewait_sock: absent,
  skc_to_tcp_request_sock: absent,
  skc_to_udp6_sock: absent,
  skc_to_unix_sock: absent,
  skc_to_mptcp_sock: absent,
  sock_from_file: absent,
  tcp_check_syncookie: invalid,
  tcp_gen_syncookie: invalid,
  tcp_raw_gen_syncookie_ipv4: invalid,
  tcp_raw_gen_syncookie_ipv6: invalid,
  tcp_raw_check_syncookie_ipv4: answer(-Errno.EACCES),
  tcp_raw_check_syncookie_ipv6: answer(-Errno.EACCES),
  tcp_send_ack: unsupported,
  setsockopt: invalid,
  getsockopt: invalid,
  bind: invalid,
  sock_ops_cb_flags_set: invalid,
  sock_map_update: unsupported,
  sock_hash_update: unsupported,
  load_hdr_opt: noEntry,
  store_hdr_opt: invalid,
  reserve_hdr_opt: invalid,
  // SK_PASS is 1, SK_DROP is 0: a message or packet that is sent to a slot without a socket is dropped.
  sk_redirect_map: absent,
  sk_redirect_hash: absent,
  msg_redirect_map: absent,
  msg_redirect_hash: absent,
  msg_apply_bytes: absent,
  msg_cork_bytes: absent,
  msg_pull_data: absent,
  msg_push_data: invalid,
  msg_pop_data: invalid,

  skb_under_cgroup: answer(-Errno.EAGAIN),
  current_task_under_cgroup: answer(-Errno.EAGAIN),
  get_current_ancestor_cgroup_id: ({ environment }, level) => (level === 0n ? environment.cgroupId : 0n),
  perf_event_read: noEntry,
  perf_event_read_value: (run, _map, _flags, to, size) => {
    bufferOf(run, to, u32Of(size)).fill(0);
    return failed(size === PERF_VALUE_SIZE ? Errno.ENOENT : Errno.EINVAL);
  },
  perf_prog_read_value: cleared((_ctx, to, size) => [to, size], Errno.EINVAL),
  read_branch_records: noEntry,
  get_branch_snapshot: noEntry,
  get_stack: (run, _ctx, to, size, flags) => stackInto(run, to, u32Of(size), flags),
  get_task_stack: (run, _task, to, size, flags) => stackInto(run, to, u32Of(size), flags),
  get_stackid: answer(-Errno.EFAULT),
  send_signal: (_run, signal) => (signal > SIGNAL_MAX ? failed(Errno.EINVAL) : 0n),
  send_signal_thread: (_run, signal) => (signal > SIGNAL_MAX ? failed(Errno.EINVAL) : 0n),
  get_ns_current_pid_tgid: cleared((_dev, _ino, to, size) => [to, size], Errno.EINVAL),
  get_current_task: absent,
  get_current_task_btf: absent,
  task_pt_regs: absent,
  find_vma: noEntry,
  probe_write_user: answer(-Errno.EPERM),
  copy_from_user_task: (run, to, size) => {
    bufferOf(run, to, u32Of(size)).fill(0);
    return failed(Errno.EFAULT);
  },
  override_return: absent,
  get_func_ip: absent,
  get_func_arg: invalid,
  get_func_ret: unsupported,
  get_func_arg_cnt: absent,
  get_attach_cookie: absent,
  get_retval: absent,
  set_retval: absent,
  bprm_opts_set: invalid,
  ima_inode_hash: unsupported,
  ima_file_hash: unsupported,
  d_path: noEntry,
  seq_write: absent,
  seq_printf: absent,
  seq_printf_btf: unsupported,
  snprintf_btf: unsupported,
  per_cpu_ptr: absent,
  this_cpu_ptr: absent,
  sys_bpf: answer(-Errno.EPERM),
  sys_close: answer(-Errno.EBADF),
  btf_find_by_name_kind: noEntry,
  kallsyms_lookup_name: noEntry,
  sysctl_get_name: invalid,
  sysctl_get_current_value: invalid,
  sysctl_get_new_value: invalid,
  sysctl_set_new_value: invalid,
  rc_repeat: absent,
  rc_keydown: absent,
  rc_pointer_rel: absent,
};
