import { AttachType, ProgType } from "../uapi/prog_constants";

// Which attach types go with which program types.

/** A u64 per program type, constant: the attach types that PROG_LOAD takes, a bit each; 0 where it takes any. Written by attach_types_init. */
const EXPECTED: usize = memory.data(ProgType.MAX * 8, 8);
/** A u8 per attach type: the program type that can be attached so, 0 for none. */
const PROG_TYPE_OF: usize = memory.data(AttachType.MAX);

/** Run by the build. */
export function attach_types_init(): void {
  one(ProgType.CGROUP_SKB, AttachType.CGROUP_INET_INGRESS);
  one(ProgType.CGROUP_SKB, AttachType.CGROUP_INET_EGRESS);
  one(ProgType.CGROUP_SOCK, AttachType.CGROUP_INET_SOCK_CREATE);
  one(ProgType.CGROUP_SOCK, AttachType.CGROUP_INET4_POST_BIND);
  one(ProgType.CGROUP_SOCK, AttachType.CGROUP_INET6_POST_BIND);
  one(ProgType.CGROUP_SOCK, AttachType.CGROUP_INET_SOCK_RELEASE);
  allow(ProgType.CGROUP_SOCK, 0);
  one(ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_INET4_BIND);
  one(ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_INET6_BIND);
  one(ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_INET4_CONNECT);
  one(ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_INET6_CONNECT);
  one(ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_UDP4_SENDMSG);
  one(ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_UDP6_SENDMSG);
  one(ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_UDP4_RECVMSG);
  one(ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_UDP6_RECVMSG);
  one(ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_INET4_GETPEERNAME);
  one(ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_INET6_GETPEERNAME);
  one(ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_INET4_GETSOCKNAME);
  one(ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_INET6_GETSOCKNAME);
  one(ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_UNIX_CONNECT);
  one(ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_UNIX_SENDMSG);
  one(ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_UNIX_RECVMSG);
  one(ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_UNIX_GETPEERNAME);
  one(ProgType.CGROUP_SOCK_ADDR, AttachType.CGROUP_UNIX_GETSOCKNAME);
  one(ProgType.CGROUP_SOCKOPT, AttachType.CGROUP_GETSOCKOPT);
  one(ProgType.CGROUP_SOCKOPT, AttachType.CGROUP_SETSOCKOPT);
  one(ProgType.SK_REUSEPORT, AttachType.SK_REUSEPORT_SELECT);
  one(ProgType.SK_REUSEPORT, AttachType.SK_REUSEPORT_SELECT_OR_MIGRATE);
  allow(ProgType.SK_REUSEPORT, 0);
  one(ProgType.SK_LOOKUP, AttachType.SK_LOOKUP);
  one(ProgType.NETFILTER, AttachType.NETFILTER);
  allow(ProgType.SYSCALL, 0);
  allow(ProgType.EXT, 0);
  // These load with any.
  attach_as(ProgType.SOCK_OPS, AttachType.CGROUP_SOCK_OPS);
  attach_as(ProgType.SK_SKB, AttachType.SK_SKB_STREAM_PARSER);
  attach_as(ProgType.SK_SKB, AttachType.SK_SKB_STREAM_VERDICT);
  attach_as(ProgType.SK_SKB, AttachType.SK_SKB_VERDICT);
  attach_as(ProgType.SK_MSG, AttachType.SK_MSG_VERDICT);
  attach_as(ProgType.CGROUP_DEVICE, AttachType.CGROUP_DEVICE);
  attach_as(ProgType.FLOW_DISSECTOR, AttachType.FLOW_DISSECTOR);
  attach_as(ProgType.CGROUP_SYSCTL, AttachType.CGROUP_SYSCTL);
  attach_as(ProgType.SCHED_CLS, AttachType.TCX_INGRESS);
  attach_as(ProgType.SCHED_CLS, AttachType.TCX_EGRESS);
  attach_as(ProgType.SCHED_CLS, AttachType.NETKIT_PRIMARY);
  attach_as(ProgType.SCHED_CLS, AttachType.NETKIT_PEER);
}

function allow(type: ProgType, attach_type: u32): void {
  const at = EXPECTED + (<usize>type << 3);
  store<u64>(at, load<u64>(at) | (<u64>1 << attach_type));
}

function attach_as(type: ProgType, attach_type: AttachType): void {
  store<u8>(PROG_TYPE_OF + attach_type, type);
}

function one(type: ProgType, attach_type: AttachType): void {
  allow(type, attach_type);
  attach_as(type, attach_type);
}

/** Whether PROG_LOAD takes this expected_attach_type for this type; for a type that does not exist any. */
export function attaches(type: u32, attach_type: u32): bool {
  if (type >= <u32>ProgType.MAX) return true;
  const allowed = load<u64>(EXPECTED + (<usize>type << 3));
  return !allowed || (attach_type < <u32>AttachType.MAX && ((allowed >> attach_type) & 1) != 0);
}

/** The type of programs that can be attached so; 0 for none. */
export function prog_type_of(attach_type: u32): u32 {
  return attach_type < <u32>AttachType.MAX ? load<u8>(PROG_TYPE_OF + attach_type) : 0;
}
