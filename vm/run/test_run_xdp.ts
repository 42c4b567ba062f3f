import { Errno } from "../../assembly/uapi/constants.ts";
import { readCtx, writeCtx, writeData } from "./caller_buffers.ts";
import type { Runner } from "./runner.ts";
import type { CallerMemory, TestRunAnswer, TestRunAttr } from "./machine.ts";
import { parseXdpMd, XDP_MD_SIZE, XdpContext, xdpMdOf, type XdpMd } from "./xdp_context.ts";
import { LINEAR_MAX, META_MAX, XdpPacket } from "./xdp_packet.ts";

/** XDP_FLAGS of TEST_RUN: deliver the packets for real. */
const LIVE_FRAMES = 2;
const BATCH_MAX = 256;
/** An Ethernet header. */
const PACKET_MIN = 14;
/** The linear part and 17 fragments of a page. */
const PACKET_MAX = LINEAR_MAX + 17 * 4096;
const LOOPBACK = 1;
const NO_MD: XdpMd = { data: 0, dataEnd: 0, dataMeta: 0, ingressIfindex: 0, rxQueueIndex: 0, egressIfindex: 0 };

function checkMd(md: XdpMd, size: number): number {
  if (md.dataMeta !== 0 || md.egressIfindex !== 0) return Errno.EINVAL;
  if (md.data > md.dataEnd || md.dataEnd > size) return Errno.EINVAL;
  if (md.data % 4 !== 0 || md.data > META_MAX || size - md.data < PACKET_MIN) return Errno.EINVAL;
  return 0;
}

function checkDevice(md: XdpMd): number {
  if (md.ingressIfindex === 0) return md.rxQueueIndex === 0 ? 0 : Errno.EINVAL;
  if (md.ingressIfindex !== LOOPBACK) return Errno.ENODEV;
  return md.rxQueueIndex === 0 ? 0 : Errno.EINVAL;
}

/** TEST_RUN of an XDP program. */
export function testRunXdp(runner: Runner, attr: TestRunAttr, caller: CallerMemory): TestRunAnswer {
  const live = (attr.flags & LIVE_FRAMES) !== 0;
  if (attr.flags & ~LIVE_FRAMES || (attr.batchSize !== 0 && !live)) return { errno: Errno.EINVAL };
  if (attr.batchSize > BATCH_MAX) return { errno: Errno.E2BIG };
  const given = readCtx(attr, caller, XDP_MD_SIZE);
  if (typeof given === "number") return { errno: given };
  if (live && attr.ctxOut !== 0n) return { errno: Errno.EINVAL };
  if (attr.dataSizeIn < PACKET_MIN) return { errno: Errno.EINVAL };
  const md = given && parseXdpMd(given);
  const wrong = md ? checkMd(md, attr.dataSizeIn) : 0;
  if (wrong) return { errno: wrong };
  if (attr.dataSizeIn > PACKET_MAX) return { errno: Errno.ENOMEM };
  const bytes = caller.read(attr.dataIn, attr.dataSizeIn);
  if (!bytes) return { errno: Errno.EFAULT };
  const noDevice = md ? checkDevice(md) : 0;
  if (noDevice) return { errno: noDevice };

  const metaLength = md?.data ?? 0;
  const linearLength = Math.min((md?.dataEnd ?? bytes.length) - metaLength, LINEAR_MAX);
  const packet = XdpPacket.make(runner.machine, bytes, metaLength, linearLength);
  if (!packet) return { errno: Errno.ENOMEM };
  const address = runner.machine.allocData(XDP_MD_SIZE);
  try {
    if (!address) return { errno: Errno.ENOMEM };
    const xdp = new XdpContext(runner.machine, address, packet, md?.ingressIfindex || LOOPBACK, md?.rxQueueIndex ?? 0);
    const { retval, duration } = runner.repeat({ xdp }, address, attr.repeat);
    const result = live ? bytes : packet.allBytes();
    const errno = writeData(attr, caller, result);
    const answer = { retval, duration, dataSizeOut: result.length };
    if (errno === Errno.EFAULT || attr.ctxOut === 0n) return { errno, ...answer };
    const ctxErrno = writeCtx(attr, caller, xdpMdOf(packet, md ?? NO_MD));
    return { errno: errno || ctxErrno, ...answer, ctxSizeOut: XDP_MD_SIZE };
  } finally {
    if (address) runner.machine.freeData(address);
    packet.free();
  }
}
