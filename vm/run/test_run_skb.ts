import { Errno } from "../../assembly/uapi/constants.ts";
import { readCtx, writeCtx, writeData } from "./caller_buffers.ts";
import type { CallerMemory, TestRunAnswer, TestRunAttr } from "./machine.ts";
import { Packet } from "./packet.ts";
import type { Runner } from "./runner.ts";
import { applySkbCtx, checkSkbCtx, skbCtxOf } from "./skb_ctx.ts";
import { SkbContext } from "./skb_context.ts";
import { ETH_HEADER, ETH_P_IP, ETH_P_IPV6, Skb } from "./skb_layout.ts";

/** What the types differ in. */
export interface SkbType {
  /** Whether the program's packet begins at the network header, and the MAC header is lost. */
  readonly atNetwork: boolean;
  /** Whether the context shows the addresses of the packet. */
  readonly addresses: boolean;
}

const FRAME_MAX = 3712;
const CHECKSUM_COMPLETE = 4;
/** Room for all that helpers may add at either end. */
const ROOM = 16384;
const IPV4_MIN = ETH_HEADER + 20;
const IPV6_MIN = ETH_HEADER + 40;

function lengthRefused(bytes: Uint8Array): boolean {
  const etherType = (bytes[12] << 8) | bytes[13];
  if (etherType === ETH_P_IP) return bytes.length < IPV4_MIN;
  return etherType === ETH_P_IPV6 && bytes.length < IPV6_MIN;
}

/** TEST_RUN of the types whose context is a socket buffer. */
export function testRunSkb(runner: Runner, attr: TestRunAttr, caller: CallerMemory, type: SkbType): TestRunAnswer {
  if (attr.flags & ~CHECKSUM_COMPLETE || attr.cpu !== 0 || attr.batchSize !== 0) return { errno: Errno.EINVAL };
  if (attr.dataSizeIn < ETH_HEADER || attr.dataSizeIn > FRAME_MAX) return { errno: Errno.EINVAL };
  const bytes = caller.read(attr.dataIn, attr.dataSizeIn);
  if (!bytes) return { errno: Errno.EFAULT };
  const given = readCtx(attr, caller, Skb.SIZE);
  if (typeof given === "number") return { errno: given };
  const wrong = lengthRefused(bytes) ? Errno.EINVAL : given ? checkSkbCtx(given, bytes.length) : 0;
  if (wrong) return { errno: wrong };
  const packet = Packet.make(runner.machine, bytes, ROOM, ROOM);
  if (!packet) return { errno: Errno.ENOMEM };
  const address = runner.machine.allocData(SkbContext.SIZE);
  try {
    if (!address) return { errno: Errno.ENOMEM };
    const skb = new SkbContext(runner.machine, address, packet, type.atNetwork);
    if (given) applySkbCtx(skb, given);
    if (type.addresses) skb.publishAddresses();
    const { retval, duration } = runner.repeat({ skb }, address, attr.repeat);
    const result = packet.read(0, packet.length);
    if (type.atNetwork) result.fill(0, 0, ETH_HEADER);
    const errno = writeData(attr, caller, result);
    const answer = { retval, duration, dataSizeOut: result.length };
    if (errno === Errno.EFAULT || attr.ctxOut === 0n) return { errno, ...answer };
    const ctxErrno = writeCtx(attr, caller, skbCtxOf(skb));
    return { errno: errno || ctxErrno, ...answer, ctxSizeOut: Skb.SIZE };
  } finally {
    if (address) runner.machine.freeData(address);
    packet.free();
  }
}
