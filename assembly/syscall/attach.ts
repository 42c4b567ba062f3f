import { Errno } from "../uapi/constants";
import { AttachAttr, FdAttr, LinkCreateAttr, RawTracepointAttr, StreamAttr } from "../uapi/prog_attr";
import { AttachType, ProgType } from "../uapi/prog_constants";
import { user_readable } from "../mem/user";
import { fd_error, fd_referent } from "../object/fd";
import { OBJ_PROG } from "../object/object";
import { Program } from "../object/program";
import { is_err } from "../map/map";
import { attaches, prog_type_of } from "./attach_types";

// Commands that attach programs, on a machine that has nothing to attach them to: no cgroup, no device but lo, which takes
// none, no tracepoint, no perf event. What is asked for is judged in Linux's order up to the place where the target is missing.

/** What an attach type attaches to. */
enum Target {
  NONE = 0,
  CGROUP = 1,
  SOCKMAP = 2,
  NETNS = 3,
  DEVICE = 4,
  NETKIT = 5,
}
/** A u8 per attach type, constant: its Target. Written by attach_init. */
const TARGETS: usize = memory.data(AttachType.MAX);
/** Attach types that PROG_ATTACH knows, a bit each. */
const PROG_ATTACH_TYPES: u64 = 0xfec875ffffffff;

/** Run by the build. */
export function attach_init(): void {
  for (let type: u32 = 0; type < <u32>AttachType.MAX; ++type) {
    const programs = prog_type_of(type);
    const cgroup = programs == <u32>ProgType.CGROUP_SKB || programs == <u32>ProgType.CGROUP_SOCK || programs == <u32>ProgType.CGROUP_SOCK_ADDR ||
      programs == <u32>ProgType.CGROUP_SOCKOPT || programs == <u32>ProgType.CGROUP_DEVICE || programs == <u32>ProgType.CGROUP_SYSCTL || programs == <u32>ProgType.SOCK_OPS;
    if (cgroup) target(type, Target.CGROUP);
    else if (programs == <u32>ProgType.SK_SKB || programs == <u32>ProgType.SK_MSG) target(type, Target.SOCKMAP);
    else if (programs == <u32>ProgType.FLOW_DISSECTOR || programs == <u32>ProgType.SK_LOOKUP) target(type, Target.NETNS);
  }
  target(AttachType.LSM_CGROUP, Target.CGROUP);
  target(AttachType.TCX_INGRESS, Target.DEVICE);
  target(AttachType.TCX_EGRESS, Target.DEVICE);
  target(AttachType.NETKIT_PRIMARY, Target.NETKIT);
  target(AttachType.NETKIT_PEER, Target.NETKIT);
}

function target(type: u32, to: Target): void {
  store<u8>(TARGETS + type, to);
}

function target_of(attach_type: u32): u32 {
  return attach_type < <u32>AttachType.MAX ? load<u8>(TARGETS + attach_type) : Target.NONE;
}

/** Why there is no target of a kind behind an fd, or an interface number. */
function no_target(attach_type: u32, fd: u32): i32 {
  switch (target_of(attach_type)) {
    // An fd of anything else is as good as closed.
    case Target.CGROUP: return -Errno.EBADF;
    case Target.SOCKMAP:
    case Target.NETNS: return fd_error(fd, -Errno.EINVAL);
    case Target.DEVICE: return -Errno.ENODEV;
    default: return -Errno.EINVAL;
  }
}

const ATTACH_FLAGS: u32 = 0x7f;

export function prog_attach(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<AttachAttr>(attr_ptr);
  const attach_type = attr.attach_type;
  if (attach_type >= <u32>AttachType.MAX || !((PROG_ATTACH_TYPES >> attach_type) & 1)) return -Errno.EINVAL;
  if (attr.attach_flags & ~ATTACH_FLAGS) return -Errno.EINVAL;
  const program = fd_referent(attr.attach_bpf_fd, OBJ_PROG);
  if (is_err(program)) return <i32>program;
  if (changetype<Program>(program).prog_type != prog_type_of(attach_type)) return -Errno.EINVAL;
  // Namespaces take links alone.
  return target_of(attach_type) == Target.NETNS ? -Errno.EINVAL : no_target(attach_type, attr.target_fd);
}

export function prog_detach(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<AttachAttr>(attr_ptr);
  const attach_type = attr.attach_type;
  const to = target_of(attach_type);
  if (attach_type == <u32>AttachType.LSM_MAC) return -Errno.EBADF;
  if (to == Target.NETNS) return -Errno.EINVAL;
  if ((to == Target.DEVICE || to == Target.NETKIT) && attr.attach_bpf_fd) {
    const program = fd_referent(attr.attach_bpf_fd, OBJ_PROG);
    if (is_err(program)) return <i32>program;
    if (changetype<Program>(program).prog_type != prog_type_of(attach_type)) return -Errno.EINVAL;
  }
  return no_target(attach_type, attr.target_fd);
}

const QUERY_EFFECTIVE: u32 = 1;

export function prog_query(attr_ptr: usize, _out: usize): i32 {
  // The struct begins with the same fields.
  const attr = changetype<AttachAttr>(attr_ptr);
  const target_fd = attr.target_fd;
  const attach_type = attr.attach_bpf_fd;
  const flags = attr.attach_type;
  const to = target_of(attach_type);
  if (flags & ~QUERY_EFFECTIVE) return -Errno.EINVAL;
  if (flags && (to == Target.SOCKMAP || to == Target.NETNS)) return -Errno.EINVAL;
  return no_target(attach_type, target_fd);
}

const CGROUP_LINK_FLAGS: u32 = 0x78;

export function link_create(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<LinkCreateAttr>(attr_ptr);
  const ptr = fd_referent(attr.prog_fd, OBJ_PROG);
  if (is_err(ptr)) return <i32>ptr;
  const program = changetype<Program>(ptr);
  const type = program.prog_type;
  const attach_type = attr.attach_type;
  if (attach_type == <u32>AttachType.PERF_EVENT) {
    const events = type == <u32>ProgType.KPROBE || type == <u32>ProgType.TRACEPOINT || type == <u32>ProgType.PERF_EVENT;
    return events ? fd_error(attr.target_fd, -Errno.EINVAL) : -Errno.EINVAL;
  }
  if (attach_type == <u32>AttachType.TRACE_KPROBE_MULTI || attach_type == <u32>AttachType.TRACE_KPROBE_SESSION) {
    return type == <u32>ProgType.KPROBE ? -Errno.EOPNOTSUPP : -Errno.EINVAL;
  }
  if (type != prog_type_of(attach_type)) return -Errno.EINVAL;
  // What is loaded for one attach type is attached as that one; the two directions of CGROUP_SKB are alike to this check.
  const loaded_for = program.expected_attach_type;
  const bound = type != <u32>ProgType.CGROUP_SKB && !attaches(type, AttachType.MAX);
  if (bound && loaded_for != attach_type) return -Errno.EINVAL;
  if (type == <u32>ProgType.NETFILTER) return -Errno.EAFNOSUPPORT;
  if (target_of(attach_type) == Target.CGROUP && attr.flags & ~CGROUP_LINK_FLAGS) return -Errno.EINVAL;
  return no_target(attach_type, attr.target_fd);
}

/** No fd is a link's: -EBADF or -EINVAL. */
export function link_detach(attr_ptr: usize, _out: usize): i32 {
  return fd_error(changetype<FdAttr>(attr_ptr).fd, -Errno.EINVAL);
}

const LINK_REPLACE: u32 = 4;

export function link_update(attr_ptr: usize, out: usize): i32 {
  const flags = changetype<LinkCreateAttr>(attr_ptr).attach_type;
  return flags & ~LINK_REPLACE ? -Errno.EINVAL : link_detach(attr_ptr, out);
}

export function iter_create(attr_ptr: usize, out: usize): i32 {
  return changetype<FdAttr>(attr_ptr).second ? -Errno.EINVAL : link_detach(attr_ptr, out);
}

/** No fd is a bpffs's. */
export function token_create(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<FdAttr>(attr_ptr);
  return attr.fd ? -Errno.EINVAL : fd_error(attr.second, -Errno.EINVAL);
}

export function raw_tracepoint_open(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<RawTracepointAttr>(attr_ptr);
  const program = fd_referent(attr.prog_fd, OBJ_PROG);
  if (is_err(program)) return <i32>program;
  const type = changetype<Program>(program).prog_type;
  if (type != <u32>ProgType.RAW_TRACEPOINT && type != <u32>ProgType.RAW_TRACEPOINT_WRITABLE) return -Errno.EINVAL;
  return user_readable(attr.name, 1) ? -Errno.ENOENT : -Errno.EFAULT;
}

/** There are no processes whose fds could be asked about. */
export function task_fd_query(attr_ptr: usize, _out: usize): i32 {
  const flags = changetype<AttachAttr>(attr_ptr).attach_type;
  return flags ? -Errno.EINVAL : -Errno.ENOENT;
}

const STREAM_STDOUT: u32 = 1;
const STREAM_STDERR: u32 = 2;

/** Nothing was written to a program's streams. */
export function prog_stream_read(attr_ptr: usize, _out: usize): i32 {
  const attr = changetype<StreamAttr>(attr_ptr);
  const program = fd_referent(attr.prog_fd, OBJ_PROG);
  if (is_err(program)) return <i32>program;
  return attr.stream_id == STREAM_STDOUT || attr.stream_id == STREAM_STDERR ? 0 : -Errno.ENOENT;
}
