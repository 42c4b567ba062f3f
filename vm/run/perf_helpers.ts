import { Errno } from "../../assembly/uapi/constants.ts";
import { failed, u32Of } from "./answers.ts";
import { bufferOf, type HostHelper, type Run } from "./run.ts";

const INDEX_MASK = 0xffffffffn;
const CURRENT_CPU = 0xffffffff;
const PACKET_LENGTH_MASK = 0xfffffn << 32n;
const NONE = new Uint8Array(0);

/** Bytes of the packet that the flags ask for, or undefined when there are not as many. */
function packetBytes({ skb, xdp }: Run, length: number): Uint8Array | undefined {
  if (length === 0) return NONE;
  if (skb) return length <= skb.length ? skb.packet.read(skb.macLength, length) : undefined;
  return xdp && length <= xdp.packet.length ? xdp.packet.read(0, length) : undefined;
}

/**
 * bpf_perf_event_output: a sample of the program's bytes, and of the packet's as many as the flags say, for the reader that the
 * environment has. Without one the slot of every CPU is empty.
 */
const output: HostHelper = (run, _ctx, map, flags, data, size) => {
  if (flags & ~(INDEX_MASK | PACKET_LENGTH_MASK)) return failed(Errno.EINVAL);
  const packetLength = Number((flags & PACKET_LENGTH_MASK) >> 32n);
  if (packetLength && !run.skb && !run.xdp) return failed(Errno.EINVAL);
  const packet = packetBytes(run, packetLength);
  if (!packet) return failed(Errno.EFAULT);
  const index = u32Of(flags & INDEX_MASK);
  const cpu = index === CURRENT_CPU ? run.machine.cpu : index;
  if (cpu >= run.machine.maxEntries(map)) return failed(Errno.E2BIG);
  const bytes = bufferOf(run, data, u32Of(size));
  const sample = new Uint8Array(bytes.length + packet.length);
  sample.set(bytes);
  sample.set(packet, bytes.length);
  return run.environment.perfSample?.(cpu, sample) ? 0n : failed(Errno.ENOENT);
};

export const perfHelpers: { readonly [name: string]: HostHelper } = {
  perf_event_output: output,
  skb_output: output,
  xdp_output: output,
};
