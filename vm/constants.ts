// The numbers of programs under the names that the kernel gives them, as bindings/constants.ts has those of maps.
import { AttachType, ProgFlag, ProgType } from "../assembly/uapi/prog_constants.ts";

// Program types.
/** No type. */
export const BPF_PROG_TYPE_UNSPEC = ProgType.UNSPEC;
/** Filters packets of a socket. */
export const BPF_PROG_TYPE_SOCKET_FILTER = ProgType.SOCKET_FILTER;
/** Runs where a kernel function, or one of user space, is entered or left. */
export const BPF_PROG_TYPE_KPROBE = ProgType.KPROBE;
/** Classifies packets of a traffic control queue. */
export const BPF_PROG_TYPE_SCHED_CLS = ProgType.SCHED_CLS;
/** Acts on packets of a traffic control queue. */
export const BPF_PROG_TYPE_SCHED_ACT = ProgType.SCHED_ACT;
/** Runs at a tracepoint, on its arguments as recorded. */
export const BPF_PROG_TYPE_TRACEPOINT = ProgType.TRACEPOINT;
/** Runs on packets as they arrive at a device. */
export const BPF_PROG_TYPE_XDP = ProgType.XDP;
/** Runs when a perf event overflows. */
export const BPF_PROG_TYPE_PERF_EVENT = ProgType.PERF_EVENT;
/** Filters packets of a cgroup. */
export const BPF_PROG_TYPE_CGROUP_SKB = ProgType.CGROUP_SKB;
/** Runs when a cgroup creates, binds or releases a socket. */
export const BPF_PROG_TYPE_CGROUP_SOCK = ProgType.CGROUP_SOCK;
/** Runs on packets of a route that come in. */
export const BPF_PROG_TYPE_LWT_IN = ProgType.LWT_IN;
/** Runs on packets of a route that go out. */
export const BPF_PROG_TYPE_LWT_OUT = ProgType.LWT_OUT;
/** Runs on packets of a route that are sent, which it may change. */
export const BPF_PROG_TYPE_LWT_XMIT = ProgType.LWT_XMIT;
/** Runs at events of TCP connections of a cgroup. */
export const BPF_PROG_TYPE_SOCK_OPS = ProgType.SOCK_OPS;
/** Redirects data that sockets of a map receive. */
export const BPF_PROG_TYPE_SK_SKB = ProgType.SK_SKB;
/** Decides about access to devices in a cgroup. */
export const BPF_PROG_TYPE_CGROUP_DEVICE = ProgType.CGROUP_DEVICE;
/** Redirects messages that sockets of a map send. */
export const BPF_PROG_TYPE_SK_MSG = ProgType.SK_MSG;
/** Runs at a tracepoint, on its arguments as they are. */
export const BPF_PROG_TYPE_RAW_TRACEPOINT = ProgType.RAW_TRACEPOINT;
/** Changes the addresses that sockets of a cgroup bind or connect to. */
export const BPF_PROG_TYPE_CGROUP_SOCK_ADDR = ProgType.CGROUP_SOCK_ADDR;
/** Runs as an action of IPv6 segment routing. */
export const BPF_PROG_TYPE_LWT_SEG6LOCAL = ProgType.LWT_SEG6LOCAL;
/** Decodes infrared pulses. */
export const BPF_PROG_TYPE_LIRC_MODE2 = ProgType.LIRC_MODE2;
/** Selects a socket among those that share a port. */
export const BPF_PROG_TYPE_SK_REUSEPORT = ProgType.SK_REUSEPORT;
/** Finds the fields of packets that flows are told apart by. */
export const BPF_PROG_TYPE_FLOW_DISSECTOR = ProgType.FLOW_DISSECTOR;
/** Decides about reads and writes of sysctls in a cgroup. */
export const BPF_PROG_TYPE_CGROUP_SYSCTL = ProgType.CGROUP_SYSCTL;
/** A raw tracepoint whose arguments may be written. */
export const BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE = ProgType.RAW_TRACEPOINT_WRITABLE;
/** Runs when a cgroup gets or sets a socket option. */
export const BPF_PROG_TYPE_CGROUP_SOCKOPT = ProgType.CGROUP_SOCKOPT;
/** Attaches to kernel functions and iterators by their types. */
export const BPF_PROG_TYPE_TRACING = ProgType.TRACING;
/** Implements an operation of the kernel. */
export const BPF_PROG_TYPE_STRUCT_OPS = ProgType.STRUCT_OPS;
/** Replaces a function of another program. */
export const BPF_PROG_TYPE_EXT = ProgType.EXT;
/** Decides at hooks of the Linux Security Modules. */
export const BPF_PROG_TYPE_LSM = ProgType.LSM;
/** Selects the socket for a packet. */
export const BPF_PROG_TYPE_SK_LOOKUP = ProgType.SK_LOOKUP;
/** Calls bpf(2) and closes fds. */
export const BPF_PROG_TYPE_SYSCALL = ProgType.SYSCALL;
/** Runs at a hook of netfilter. */
export const BPF_PROG_TYPE_NETFILTER = ProgType.NETFILTER;

// Attach types: expected_attach_type of a program.
/** Packets that a cgroup receives. */
export const BPF_CGROUP_INET_INGRESS = AttachType.CGROUP_INET_INGRESS;
/** Packets that a cgroup sends. */
export const BPF_CGROUP_INET_EGRESS = AttachType.CGROUP_INET_EGRESS;
/** Sockets that a cgroup creates. */
export const BPF_CGROUP_INET_SOCK_CREATE = AttachType.CGROUP_INET_SOCK_CREATE;
/** Events of TCP connections of a cgroup. */
export const BPF_CGROUP_SOCK_OPS = AttachType.CGROUP_SOCK_OPS;
/** Finds where messages end in a stream. */
export const BPF_SK_SKB_STREAM_PARSER = AttachType.SK_SKB_STREAM_PARSER;
/** Says where a message of a stream goes. */
export const BPF_SK_SKB_STREAM_VERDICT = AttachType.SK_SKB_STREAM_VERDICT;
/** Access to devices in a cgroup. */
export const BPF_CGROUP_DEVICE = AttachType.CGROUP_DEVICE;
/** Says where a message that is sent goes. */
export const BPF_SK_MSG_VERDICT = AttachType.SK_MSG_VERDICT;
/** bind(2) to an IPv4 address. */
export const BPF_CGROUP_INET4_BIND = AttachType.CGROUP_INET4_BIND;
/** bind(2) to an IPv6 address. */
export const BPF_CGROUP_INET6_BIND = AttachType.CGROUP_INET6_BIND;
/** connect(2) to an IPv4 address. */
export const BPF_CGROUP_INET4_CONNECT = AttachType.CGROUP_INET4_CONNECT;
/** connect(2) to an IPv6 address. */
export const BPF_CGROUP_INET6_CONNECT = AttachType.CGROUP_INET6_CONNECT;
/** After bind(2) to an IPv4 address. */
export const BPF_CGROUP_INET4_POST_BIND = AttachType.CGROUP_INET4_POST_BIND;
/** After bind(2) to an IPv6 address. */
export const BPF_CGROUP_INET6_POST_BIND = AttachType.CGROUP_INET6_POST_BIND;
/** sendmsg(2) of a UDP socket to an IPv4 address. */
export const BPF_CGROUP_UDP4_SENDMSG = AttachType.CGROUP_UDP4_SENDMSG;
/** sendmsg(2) of a UDP socket to an IPv6 address. */
export const BPF_CGROUP_UDP6_SENDMSG = AttachType.CGROUP_UDP6_SENDMSG;
/** Infrared pulses. */
export const BPF_LIRC_MODE2 = AttachType.LIRC_MODE2;
/** Fields that flows are told apart by. */
export const BPF_FLOW_DISSECTOR = AttachType.FLOW_DISSECTOR;
/** sysctls in a cgroup. */
export const BPF_CGROUP_SYSCTL = AttachType.CGROUP_SYSCTL;
/** recvmsg(2) of a UDP socket from an IPv4 address. */
export const BPF_CGROUP_UDP4_RECVMSG = AttachType.CGROUP_UDP4_RECVMSG;
/** recvmsg(2) of a UDP socket from an IPv6 address. */
export const BPF_CGROUP_UDP6_RECVMSG = AttachType.CGROUP_UDP6_RECVMSG;
/** getsockopt(2) in a cgroup. */
export const BPF_CGROUP_GETSOCKOPT = AttachType.CGROUP_GETSOCKOPT;
/** setsockopt(2) in a cgroup. */
export const BPF_CGROUP_SETSOCKOPT = AttachType.CGROUP_SETSOCKOPT;
/** A raw tracepoint with typed arguments. */
export const BPF_TRACE_RAW_TP = AttachType.TRACE_RAW_TP;
/** Where a kernel function is entered. */
export const BPF_TRACE_FENTRY = AttachType.TRACE_FENTRY;
/** Where a kernel function is left. */
export const BPF_TRACE_FEXIT = AttachType.TRACE_FEXIT;
/** The result of a kernel function. */
export const BPF_MODIFY_RETURN = AttachType.MODIFY_RETURN;
/** A hook of the Linux Security Modules. */
export const BPF_LSM_MAC = AttachType.LSM_MAC;
/** An iterator over objects of the kernel. */
export const BPF_TRACE_ITER = AttachType.TRACE_ITER;
/** getpeername(2) of an IPv4 address. */
export const BPF_CGROUP_INET4_GETPEERNAME = AttachType.CGROUP_INET4_GETPEERNAME;
/** getpeername(2) of an IPv6 address. */
export const BPF_CGROUP_INET6_GETPEERNAME = AttachType.CGROUP_INET6_GETPEERNAME;
/** getsockname(2) of an IPv4 address. */
export const BPF_CGROUP_INET4_GETSOCKNAME = AttachType.CGROUP_INET4_GETSOCKNAME;
/** getsockname(2) of an IPv6 address. */
export const BPF_CGROUP_INET6_GETSOCKNAME = AttachType.CGROUP_INET6_GETSOCKNAME;
/** Packets that a map of devices sends. */
export const BPF_XDP_DEVMAP = AttachType.XDP_DEVMAP;
/** Sockets that a cgroup releases. */
export const BPF_CGROUP_INET_SOCK_RELEASE = AttachType.CGROUP_INET_SOCK_RELEASE;
/** Packets that a map of CPUs receives. */
export const BPF_XDP_CPUMAP = AttachType.XDP_CPUMAP;
/** Selects the socket for a packet. */
export const BPF_SK_LOOKUP = AttachType.SK_LOOKUP;
/** Packets as they arrive at a device. */
export const BPF_XDP = AttachType.XDP;
/** Says where data that a socket receives goes. */
export const BPF_SK_SKB_VERDICT = AttachType.SK_SKB_VERDICT;
/** Selects a socket among those that share a port. */
export const BPF_SK_REUSEPORT_SELECT = AttachType.SK_REUSEPORT_SELECT;
/** Selects one for a connection whose socket was closed, too. */
export const BPF_SK_REUSEPORT_SELECT_OR_MIGRATE = AttachType.SK_REUSEPORT_SELECT_OR_MIGRATE;
/** A perf event, kprobe or tracepoint. */
export const BPF_PERF_EVENT = AttachType.PERF_EVENT;
/** Many kernel functions at once. */
export const BPF_TRACE_KPROBE_MULTI = AttachType.TRACE_KPROBE_MULTI;
/** A hook of the Linux Security Modules for a cgroup. */
export const BPF_LSM_CGROUP = AttachType.LSM_CGROUP;
/** Operations of the kernel. */
export const BPF_STRUCT_OPS = AttachType.STRUCT_OPS;
/** A hook of netfilter. */
export const BPF_NETFILTER = AttachType.NETFILTER;
/** Packets that a device receives. */
export const BPF_TCX_INGRESS = AttachType.TCX_INGRESS;
/** Packets that a device sends. */
export const BPF_TCX_EGRESS = AttachType.TCX_EGRESS;
/** Many functions of user space at once. */
export const BPF_TRACE_UPROBE_MULTI = AttachType.TRACE_UPROBE_MULTI;
/** connect(2) to a Unix address. */
export const BPF_CGROUP_UNIX_CONNECT = AttachType.CGROUP_UNIX_CONNECT;
/** sendmsg(2) to a Unix address. */
export const BPF_CGROUP_UNIX_SENDMSG = AttachType.CGROUP_UNIX_SENDMSG;
/** recvmsg(2) from a Unix address. */
export const BPF_CGROUP_UNIX_RECVMSG = AttachType.CGROUP_UNIX_RECVMSG;
/** getpeername(2) of a Unix address. */
export const BPF_CGROUP_UNIX_GETPEERNAME = AttachType.CGROUP_UNIX_GETPEERNAME;
/** getsockname(2) of a Unix address. */
export const BPF_CGROUP_UNIX_GETSOCKNAME = AttachType.CGROUP_UNIX_GETSOCKNAME;
/** The primary device of a netkit pair. */
export const BPF_NETKIT_PRIMARY = AttachType.NETKIT_PRIMARY;
/** The peer device of a netkit pair. */
export const BPF_NETKIT_PEER = AttachType.NETKIT_PEER;
/** Kernel functions, entered and left by one program. */
export const BPF_TRACE_KPROBE_SESSION = AttachType.TRACE_KPROBE_SESSION;
/** Functions of user space, entered and left by one program. */
export const BPF_TRACE_UPROBE_SESSION = AttachType.TRACE_UPROBE_SESSION;

// prog_flags.
/** Every access must be aligned. */
export const BPF_F_STRICT_ALIGNMENT = ProgFlag.STRICT_ALIGNMENT;
/** No access need be aligned. */
export const BPF_F_ANY_ALIGNMENT = ProgFlag.ANY_ALIGNMENT;
/** For tests of the verifier: garbage in upper halves that it thinks unused. */
export const BPF_F_TEST_RND_HI32 = ProgFlag.TEST_RND_HI32;
/** For tests of the verifier: it remembers a state at every instruction. */
export const BPF_F_TEST_STATE_FREQ = ProgFlag.TEST_STATE_FREQ;
/** The program may sleep. */
export const BPF_F_SLEEPABLE = ProgFlag.SLEEPABLE;
/** The program knows packets in several fragments. */
export const BPF_F_XDP_HAS_FRAGS = ProgFlag.XDP_HAS_FRAGS;
/** The program is for one device. */
export const BPF_F_XDP_DEV_BOUND_ONLY = ProgFlag.XDP_DEV_BOUND_ONLY;
/** For tests of the verifier: it checks what it knows of registers. */
export const BPF_F_TEST_REG_INVARIANTS = ProgFlag.TEST_REG_INVARIANTS;
