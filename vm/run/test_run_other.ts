import { Errno } from "../../assembly/uapi/constants.ts";
import { writeCtx, writeData } from "./caller_buffers.ts";
import type { CallerMemory, TestRunAnswer, TestRunAttr } from "./machine.ts";
import { Packet } from "./packet.ts";
import type { Runner } from "./runner.ts";
import { SkbContext } from "./skb_context.ts";
import { ETH_HEADER, Skb } from "./skb_layout.ts";

// TEST_RUN of the types that see a packet, or an address, in a way of their own.

const FLOW_KEYS_SIZE = 56;
const FLOW_KEYS_FLAGS = 48;
const FLOW_DATA_MAX = 4096;
const SK_LOOKUP_SIZE = 72;
const SkLookup = { cookie: 0, family: 8, local_port: 60, ingress_ifindex: 64 } as const;
const AF_INET = 2;
const AF_INET6 = 10;
const PORT_MAX = 65535;
const NETFILTER_MIN = 20;
const NETFILTER_MAX = 3712;
const NF_INET_LOCAL_OUT = 3;
const NETFILTER_CTX_SIZE = 16;

const areZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

/** The caller's context as `size` bytes, or the errno; further bytes must be zero. */
function ctxOf(attr: TestRunAttr, caller: CallerMemory, size: number): Uint8Array | number {
  const ctx = new Uint8Array(size);
  if (attr.ctxIn === 0n) return ctx;
  if (attr.ctxSizeIn > 4096) return Errno.E2BIG;
  const given = caller.read(attr.ctxIn, attr.ctxSizeIn);
  if (!given) return Errno.EFAULT;
  if (!areZero(given.subarray(size))) return Errno.E2BIG;
  ctx.set(given.subarray(0, size));
  return ctx;
}

/** TEST_RUN of a flow dissector: the result is struct bpf_flow_keys. */
export function testRunFlowDissector(runner: Runner, attr: TestRunAttr, caller: CallerMemory): TestRunAnswer {
  if (attr.flags !== 0 || attr.cpu !== 0 || attr.batchSize !== 0) return { errno: Errno.EINVAL };
  if (attr.dataSizeIn < ETH_HEADER || attr.dataSizeIn > FLOW_DATA_MAX) return { errno: Errno.EINVAL };
  const bytes = caller.read(attr.dataIn, attr.dataSizeIn);
  if (!bytes) return { errno: Errno.EFAULT };
  const given = ctxOf(attr, caller, FLOW_KEYS_SIZE);
  if (typeof given === "number") return { errno: given };
  if (!areZero(given.subarray(0, FLOW_KEYS_FLAGS)) || !areZero(given.subarray(FLOW_KEYS_FLAGS + 4))) return { errno: Errno.EINVAL };

  const { machine } = runner;
  const packet = Packet.make(machine, bytes, 0, 0);
  const ctx = machine.allocData(SkbContext.SIZE);
  const keys = machine.allocData(FLOW_KEYS_SIZE);
  try {
    if (!packet || !ctx || !keys) return { errno: Errno.ENOMEM };
    const view = machine.view();
    const skb = new SkbContext(machine, ctx, packet, false);
    view.setBigUint64(ctx + Skb.flow_keys, BigInt(keys), true);
    const { retval, duration } = runner.repeat({ skb, reset: () => presetKeys(keys) }, ctx, attr.repeat);
    clampOffsets(keys);
    const result = machine.bytes().slice(keys, keys + FLOW_KEYS_SIZE);
    const errno = writeData(attr, caller, result);
    const answer = { retval, duration, dataSizeOut: FLOW_KEYS_SIZE };
    if (errno === Errno.EFAULT || attr.ctxOut === 0n) return { errno, ...answer };
    return { errno: errno || writeCtx(attr, caller, given), ...answer, ctxSizeOut: FLOW_KEYS_SIZE };
  } finally {
    if (keys) machine.freeData(keys);
    if (ctx) machine.freeData(ctx);
    packet?.free();
  }

  /** Offsets of headers begin behind the MAC header; the protocol is the frame's, in the network's byte order. */
  function presetKeys(at: number): void {
    const view = machine.view();
    machine.bytes().fill(0, at, at + FLOW_KEYS_SIZE);
    view.setUint16(at, ETH_HEADER, true);
    view.setUint16(at + 2, ETH_HEADER, true);
    machine.bytes().set(bytes!.subarray(12, 14), at + 10);
    view.setUint32(at + FLOW_KEYS_FLAGS, new DataView((given as Uint8Array).buffer).getUint32(FLOW_KEYS_FLAGS, true), true);
  }

  /** nhoff and thoff stay inside the packet. */
  function clampOffsets(at: number): void {
    const view = machine.view();
    const clamp = (value: number, least: number): number => Math.min(Math.max(value, least), bytes!.length);
    view.setUint16(at, clamp(view.getUint16(at, true), ETH_HEADER), true);
    view.setUint16(at + 2, clamp(view.getUint16(at + 2, true), view.getUint16(at, true)), true);
  }
}

/** TEST_RUN of a socket lookup: addresses come in the context, and there is no packet. */
export function testRunSkLookup(runner: Runner, attr: TestRunAttr, caller: CallerMemory): TestRunAnswer {
  if (attr.flags !== 0 || attr.cpu !== 0 || attr.batchSize !== 0) return { errno: Errno.EINVAL };
  if (attr.dataIn !== 0n || attr.dataSizeIn !== 0 || attr.dataOut !== 0n || attr.dataSizeOut !== 0) return { errno: Errno.EINVAL };
  if (attr.ctxIn === 0n) return { errno: Errno.EINVAL };
  const ctx = ctxOf(attr, caller, SK_LOOKUP_SIZE);
  if (typeof ctx === "number") return { errno: ctx };
  const view = new DataView(ctx.buffer);
  if (view.getBigUint64(SkLookup.cookie, true) !== 0n || view.getUint32(SkLookup.ingress_ifindex, true) !== 0) return { errno: Errno.EINVAL };
  if (view.getUint32(SkLookup.local_port, true) > PORT_MAX) return { errno: Errno.ERANGE };
  const family = view.getUint32(SkLookup.family, true);
  if (family !== AF_INET && family !== AF_INET6) return { errno: Errno.EAFNOSUPPORT };
  const address = runner.machine.allocData(SK_LOOKUP_SIZE);
  if (!address) return { errno: Errno.ENOMEM };
  try {
    runner.machine.bytes().set(ctx, address);
    const { retval, duration } = runner.repeat({}, address, attr.repeat);
    const answer = { retval, duration };
    if (attr.ctxOut === 0n) return { errno: 0, ...answer };
    // There is no socket to choose, so the cookie of the chosen one is 0.
    return { errno: writeCtx(attr, caller, ctx), ...answer, ctxSizeOut: SK_LOOKUP_SIZE };
  } finally {
    runner.machine.freeData(address);
  }
}

/** TEST_RUN of a netfilter program: a packet from its network header on, at one hook. */
export function testRunNetfilter(runner: Runner, attr: TestRunAttr, caller: CallerMemory): TestRunAnswer {
  if (attr.flags !== 0 || attr.cpu !== 0 || attr.batchSize !== 0 || attr.ctxOut !== 0n) return { errno: Errno.EINVAL };
  if (attr.dataSizeIn < NETFILTER_MIN || attr.dataSizeIn > NETFILTER_MAX) return { errno: Errno.EINVAL };
  const bytes = caller.read(attr.dataIn, attr.dataSizeIn);
  if (!bytes) return { errno: Errno.EFAULT };
  const given = attr.ctxIn === 0n ? Uint8Array.of(NF_INET_LOCAL_OUT, AF_INET) : caller.read(attr.ctxIn, attr.ctxSizeIn);
  if (!given) return { errno: Errno.EFAULT };
  const [hook = 0, family = 0] = given;
  if (!areZero(given.subarray(8)) || (family !== AF_INET && family !== AF_INET6)) return { errno: Errno.EINVAL };
  if (hook !== NF_INET_LOCAL_OUT) return { errno: Errno.EPROTO };
  const { machine } = runner;
  const packet = Packet.make(machine, bytes, ETH_HEADER, 0);
  const block = machine.allocData(NETFILTER_CTX_SIZE + SkbContext.SIZE);
  try {
    if (!packet || !block) return { errno: Errno.ENOMEM };
    packet.moveStart(-ETH_HEADER);
    const skb = new SkbContext(machine, block + NETFILTER_CTX_SIZE, packet, true);
    // struct bpf_nf_ctx: the hook's state, of which there is none, and the socket buffer.
    machine.view().setBigUint64(block + 8, BigInt(skb.address), true);
    const { retval, duration } = runner.repeat({ skb }, block, attr.repeat);
    return { errno: 0, retval, duration, dataSizeOut: 0 };
  } finally {
    if (block) machine.freeData(block);
    packet?.free();
  }
}
