import { Errno } from "../../assembly/uapi/constants.ts";
import { failed, s32Of, u32Of } from "./answers.ts";
import { bufferOf, HostFault, type HostHelper, type Run } from "./run.ts";
import type { XdpContext } from "./xdp_context.ts";

function xdpOf(run: Run): XdpContext {
  if (!run.xdp) throw new HostFault("the helper needs a packet of XDP");
  return run.xdp;
}

/** Offsets and lengths beyond this are refused before the packet is looked at. */
const OFFSET_MAX = 0xffff;

const adjust =
  (move: (context: XdpContext, delta: number) => number): HostHelper =>
  (run, _ctx, delta) => {
    const context = xdpOf(run);
    const errno = move(context, s32Of(delta));
    if (errno) return failed(errno);
    context.publish();
    return 0n;
  };

const inPacket = (context: XdpContext, offset: number, length: number): boolean =>
  offset <= OFFSET_MAX && length <= OFFSET_MAX && offset + length <= context.packet.length;

/** What XDP programs call beside the helpers that every program has. */
export const xdpHelpers: { readonly [name: string]: HostHelper } = {
  xdp_adjust_head: adjust((context, delta) => context.packet.adjustHead(delta)),
  xdp_adjust_meta: adjust((context, delta) => context.packet.adjustMeta(delta)),
  xdp_adjust_tail: adjust((context, delta) => context.packet.adjustTail(delta)),
  xdp_get_buff_len: (run) => BigInt(xdpOf(run).packet.length),
  xdp_load_bytes: (run, _ctx, offset, to, size) => {
    const context = xdpOf(run);
    const length = u32Of(size);
    const buffer = bufferOf(run, to, length);
    if (!inPacket(context, u32Of(offset), length)) return failed(Errno.EINVAL);
    buffer.set(context.packet.read(u32Of(offset), length));
    return 0n;
  },
  xdp_store_bytes: (run, _ctx, offset, from, size) => {
    const context = xdpOf(run);
    const length = u32Of(size);
    const bytes = bufferOf(run, from, length).slice();
    if (!inPacket(context, u32Of(offset), length)) return failed(Errno.EINVAL);
    context.packet.write(u32Of(offset), bytes);
    return 0n;
  },
};
