/** Who answers a helper: an export of the programs core, a function of the host, or the engine itself, which transfers control. */
export type Where = "core" | "host" | "engine";

/** A helper of bpf_helper_defs, by Linux's name without `bpf_`. */
export interface Helper {
  readonly id: number;
  readonly name: string;
  /** Arguments that it takes, from R1 on. */
  readonly args: number;
  /** "core": export `helper_NAME`; "host": import `host.NAME`; both take `args` u64 and give one. */
  readonly where: Where;
}

const CORE: Where = "core";
const HOST: Where = "host";
const ENGINE: Where = "engine";

/** Helpers 1 to 211 in the order of their ids. */
const ROWS: readonly (readonly [name: string, args: number, where: Where])[] = [
  ["map_lookup_elem", 2, CORE], // 1
  ["map_update_elem", 4, CORE],
  ["map_delete_elem", 2, CORE],
  ["probe_read", 3, CORE],
  ["ktime_get_ns", 0, HOST],
  ["trace_printk", 5, HOST],
  ["get_prandom_u32", 0, HOST],
  ["get_smp_processor_id", 0, CORE],
  ["skb_store_bytes", 5, HOST],
  ["l3_csum_replace", 5, HOST], // 10
  ["l4_csum_replace", 5, HOST],
  ["tail_call", 3, ENGINE],
  ["clone_redirect", 3, HOST],
  ["get_current_pid_tgid", 0, HOST],
  ["get_current_uid_gid", 0, HOST],
  ["get_current_comm", 2, HOST],
  ["get_cgroup_classid", 1, HOST],
  ["skb_vlan_push", 3, HOST],
  ["skb_vlan_pop", 1, HOST],
  ["skb_get_tunnel_key", 4, HOST], // 20
  ["skb_set_tunnel_key", 4, HOST],
  ["perf_event_read", 2, HOST],
  ["redirect", 2, HOST],
  ["get_route_realm", 1, HOST],
  ["perf_event_output", 5, HOST],
  ["skb_load_bytes", 4, HOST],
  ["get_stackid", 3, HOST],
  ["csum_diff", 5, CORE],
  ["skb_get_tunnel_opt", 3, HOST],
  ["skb_set_tunnel_opt", 3, HOST], // 30
  ["skb_change_proto", 3, HOST],
  ["skb_change_type", 2, HOST],
  ["skb_under_cgroup", 3, HOST],
  ["get_hash_recalc", 1, HOST],
  ["get_current_task", 0, HOST],
  ["probe_write_user", 3, HOST],
  ["current_task_under_cgroup", 2, HOST],
  ["skb_change_tail", 3, HOST],
  ["skb_pull_data", 2, HOST],
  ["csum_update", 2, HOST], // 40
  ["set_hash_invalid", 1, HOST],
  ["get_numa_node_id", 0, HOST],
  ["skb_change_head", 3, HOST],
  ["xdp_adjust_head", 2, HOST],
  ["probe_read_str", 3, CORE],
  ["get_socket_cookie", 1, HOST],
  ["get_socket_uid", 1, HOST],
  ["set_hash", 2, HOST],
  ["setsockopt", 5, HOST],
  ["skb_adjust_room", 4, HOST], // 50
  ["redirect_map", 3, CORE],
  ["sk_redirect_map", 4, HOST],
  ["sock_map_update", 4, HOST],
  ["xdp_adjust_meta", 2, HOST],
  ["perf_event_read_value", 4, HOST],
  ["perf_prog_read_value", 3, HOST],
  ["getsockopt", 5, HOST],
  ["override_return", 2, HOST],
  ["sock_ops_cb_flags_set", 2, HOST],
  ["msg_redirect_map", 4, HOST], // 60
  ["msg_apply_bytes", 2, HOST],
  ["msg_cork_bytes", 2, HOST],
  ["msg_pull_data", 4, HOST],
  ["bind", 3, HOST],
  ["xdp_adjust_tail", 2, HOST],
  ["skb_get_xfrm_state", 5, HOST],
  ["get_stack", 4, HOST],
  ["skb_load_bytes_relative", 5, HOST],
  ["fib_lookup", 4, HOST],
  ["sock_hash_update", 4, HOST], // 70
  ["msg_redirect_hash", 4, HOST],
  ["sk_redirect_hash", 4, HOST],
  ["lwt_push_encap", 4, HOST],
  ["lwt_seg6_store_bytes", 4, HOST],
  ["lwt_seg6_adjust_srh", 3, HOST],
  ["lwt_seg6_action", 4, HOST],
  ["rc_repeat", 1, HOST],
  ["rc_keydown", 4, HOST],
  ["skb_cgroup_id", 1, HOST],
  ["get_current_cgroup_id", 0, HOST], // 80
  ["get_local_storage", 2, HOST],
  ["sk_select_reuseport", 4, HOST],
  ["skb_ancestor_cgroup_id", 2, HOST],
  ["sk_lookup_tcp", 5, HOST],
  ["sk_lookup_udp", 5, HOST],
  ["sk_release", 1, HOST],
  ["map_push_elem", 3, CORE],
  ["map_pop_elem", 2, CORE],
  ["map_peek_elem", 2, CORE],
  ["msg_push_data", 4, HOST], // 90
  ["msg_pop_data", 4, HOST],
  ["rc_pointer_rel", 3, HOST],
  ["spin_lock", 1, CORE],
  ["spin_unlock", 1, CORE],
  ["sk_fullsock", 1, HOST],
  ["tcp_sock", 1, HOST],
  ["skb_ecn_set_ce", 1, HOST],
  ["get_listener_sock", 1, HOST],
  ["skc_lookup_tcp", 5, HOST],
  ["tcp_check_syncookie", 5, HOST], // 100
  ["sysctl_get_name", 4, HOST],
  ["sysctl_get_current_value", 3, HOST],
  ["sysctl_get_new_value", 3, HOST],
  ["sysctl_set_new_value", 3, HOST],
  ["strtol", 4, CORE],
  ["strtoul", 4, CORE],
  ["sk_storage_get", 5, HOST],
  ["sk_storage_delete", 2, HOST],
  ["send_signal", 1, HOST],
  ["tcp_gen_syncookie", 5, HOST], // 110
  ["skb_output", 5, HOST],
  ["probe_read_user", 3, CORE],
  ["probe_read_kernel", 3, CORE],
  ["probe_read_user_str", 3, CORE],
  ["probe_read_kernel_str", 3, CORE],
  ["tcp_send_ack", 2, HOST],
  ["send_signal_thread", 1, HOST],
  ["jiffies64", 0, HOST],
  ["read_branch_records", 4, HOST],
  ["get_ns_current_pid_tgid", 4, HOST], // 120
  ["xdp_output", 5, HOST],
  ["get_netns_cookie", 1, HOST],
  ["get_current_ancestor_cgroup_id", 1, HOST],
  ["sk_assign", 3, HOST],
  ["ktime_get_boot_ns", 0, HOST],
  ["seq_printf", 5, HOST],
  ["seq_write", 3, HOST],
  ["sk_cgroup_id", 1, HOST],
  ["sk_ancestor_cgroup_id", 2, HOST],
  ["ringbuf_output", 4, CORE], // 130
  ["ringbuf_reserve", 3, CORE],
  ["ringbuf_submit", 2, CORE],
  ["ringbuf_discard", 2, CORE],
  ["ringbuf_query", 2, CORE],
  ["csum_level", 2, HOST],
  ["skc_to_tcp6_sock", 1, HOST],
  ["skc_to_tcp_sock", 1, HOST],
  ["skc_to_tcp_timewait_sock", 1, HOST],
  ["skc_to_tcp_request_sock", 1, HOST],
  ["skc_to_udp6_sock", 1, HOST], // 140
  ["get_task_stack", 4, HOST],
  ["load_hdr_opt", 4, HOST],
  ["store_hdr_opt", 4, HOST],
  ["reserve_hdr_opt", 3, HOST],
  ["inode_storage_get", 5, HOST],
  ["inode_storage_delete", 2, HOST],
  ["d_path", 3, HOST],
  ["copy_from_user", 3, CORE],
  ["snprintf_btf", 5, HOST],
  ["seq_printf_btf", 4, HOST], // 150
  ["skb_cgroup_classid", 1, HOST],
  ["redirect_neigh", 4, HOST],
  ["per_cpu_ptr", 2, HOST],
  ["this_cpu_ptr", 1, HOST],
  ["redirect_peer", 2, HOST],
  ["task_storage_get", 5, HOST],
  ["task_storage_delete", 2, HOST],
  ["get_current_task_btf", 0, HOST],
  ["bprm_opts_set", 2, HOST],
  ["ktime_get_coarse_ns", 0, HOST], // 160
  ["ima_inode_hash", 3, HOST],
  ["sock_from_file", 1, HOST],
  ["check_mtu", 5, HOST],
  ["for_each_map_elem", 4, ENGINE],
  ["snprintf", 5, CORE],
  ["sys_bpf", 3, HOST],
  ["btf_find_by_name_kind", 4, HOST],
  ["sys_close", 1, HOST],
  ["timer_init", 3, CORE],
  ["timer_set_callback", 2, CORE], // 170
  ["timer_start", 3, CORE],
  ["timer_cancel", 1, CORE],
  ["get_func_ip", 1, HOST],
  ["get_attach_cookie", 1, HOST],
  ["task_pt_regs", 1, HOST],
  ["get_branch_snapshot", 3, HOST],
  ["trace_vprintk", 4, HOST],
  ["skc_to_unix_sock", 1, HOST],
  ["kallsyms_lookup_name", 4, HOST],
  ["find_vma", 5, HOST], // 180
  ["loop", 4, ENGINE],
  ["strncmp", 3, CORE],
  ["get_func_arg", 3, HOST],
  ["get_func_ret", 2, HOST],
  ["get_func_arg_cnt", 1, HOST],
  ["get_retval", 0, HOST],
  ["set_retval", 1, HOST],
  ["xdp_get_buff_len", 1, HOST],
  ["xdp_load_bytes", 4, HOST],
  ["xdp_store_bytes", 4, HOST], // 190
  ["copy_from_user_task", 5, HOST],
  ["skb_set_tstamp", 3, HOST],
  ["ima_file_hash", 3, HOST],
  ["kptr_xchg", 2, CORE],
  ["map_lookup_percpu_elem", 3, CORE],
  ["skc_to_mptcp_sock", 1, HOST],
  ["dynptr_from_mem", 4, CORE],
  ["ringbuf_reserve_dynptr", 4, CORE],
  ["ringbuf_submit_dynptr", 2, CORE],
  ["ringbuf_discard_dynptr", 2, CORE], // 200
  ["dynptr_read", 5, CORE],
  ["dynptr_write", 5, CORE],
  ["dynptr_data", 3, CORE],
  ["tcp_raw_gen_syncookie_ipv4", 3, HOST],
  ["tcp_raw_gen_syncookie_ipv6", 3, HOST],
  ["tcp_raw_check_syncookie_ipv4", 2, HOST],
  ["tcp_raw_check_syncookie_ipv6", 2, HOST],
  ["ktime_get_tai_ns", 0, HOST],
  ["user_ringbuf_drain", 4, ENGINE],
  ["cgrp_storage_get", 5, HOST], // 210
  ["cgrp_storage_delete", 2, HOST],
];

/** Helpers by id; there is none 0. */
export const HELPERS: readonly (Helper | undefined)[] = [
  undefined,
  ...ROWS.map(([name, args, where], index) => ({ id: index + 1, name, args, where })),
];

/** Ids below this one are helpers. */
export const HELPERS_END = HELPERS.length;

/** The helper with this id (the imm of a call), or undefined. */
export function helperById(id: number): Helper | undefined {
  return HELPERS[id];
}

/** The interpreter loads from packets by this id of `env.host_helper`: `ld_abs(skb, offset, size)`, big endian, negative outside. */
export const LD_ABS_ID = 0x10000;
