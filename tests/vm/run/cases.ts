import type { RunCase } from "./case.ts";

// TEST_RUN case by case. The live kernel and the engine must answer the same; nothing here says what.

const SOCKET_FILTER = 1;
const SCHED_CLS = 3;
const XDP = 6;
const CGROUP_SKB = 8;
const LWT_XMIT = 12;
const RAW_TRACEPOINT = 17;
const FLOW_DISSECTOR = 22;
const SK_LOOKUP = 30;
const SYSCALL = 31;
const NETFILTER = 32;
const SLEEPABLE = 0x10;

/** An IPv4 frame of 60 bytes to 00:00:00:00:00:00 whose bytes behind the EtherType count. */
export const frame = Uint8Array.from({ length: 60 }, (_, at) => (at < 12 ? 0 : at === 12 ? 8 : at === 13 ? 0 : at === 14 ? 0x45 : at - 14));
const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at + 1);
const frame6 = Uint8Array.from({ length: 74 }, (_, at) => (at < 12 ? at : at === 12 ? 0x86 : at === 13 ? 0xdd : at));

const u32s = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
const xdp = (text: string, more: Partial<RunCase> = {}): RunCase => ({ type: XDP, text, data: counting(64), dataRoom: 512, ...more });
const skb = (type: number, text: string, more: Partial<RunCase> = {}): RunCase => ({ type, text, data: frame, dataRoom: 512, ...more });
const tc = (text: string, more: Partial<RunCase> = {}): RunCase => skb(SCHED_CLS, text, more);
const OK = "r0 = 0; exit";

/** `call` with R2 to R5, and R0 as the result. */
const call = (id: number, ...args: number[]): string => `${args.map((arg, index) => `r${index + 2} = ${arg}`).join("; ")}; call ${id}; exit`;
/** Several of them, the last one's R0 as the result. */
const calls = (...all: (readonly [id: number, ...args: number[]])[]): string =>
  `r6 = r1; ${all.map(([id, ...args]) => [`r1 = r6`, ...args.map((arg, index) => `r${index + 2} = ${arg}`), `call ${id}`].join("; ")).join("; ")}; exit`;

/** 64 bytes of zeros below R10. */
const zeros = [8, 16, 24, 32, 40, 48, 56, 64].map((at) => `*(u64 *)(r10 - ${at}) = 0;`).join(" ");
/** `call` with 64 zero bytes in R2, a size in R3, and flags in R4. */
const onStack = (id: number, size: number, flags = 0): string => `${zeros} r2 = r10; r2 += -64; r3 = ${size}; r4 = ${flags}; call ${id}; exit`;

const field = (width: 8 | 16 | 32 | 64, offset: number): string => `r0 = *(u${width} *)(r1 + ${offset}); exit`;
const skbCtx = (...fields: readonly (readonly [offset: number, value: number])[]): Uint8Array => {
  const ctx = new Uint8Array(192);
  for (const [offset, value] of fields) new DataView(ctx.buffer).setUint32(offset, value, true);
  return ctx;
};

const LENGTH = "r0 = *(u32 *)(r1 + 4); r2 = *(u32 *)(r1 + 0); r0 -= r2; exit";

export const runCases: readonly RunCase[] = [
  // XDP: sizes, buffers, flags
  ...[13, 14, 15, 64, 3520, 3521, 5000].map((length) => xdp(LENGTH, { data: counting(length), dataRoom: 6000 })),
  xdp(OK, { data: undefined }), xdp(OK, { dataRoom: 0 }), xdp(OK, { dataRoom: 10 }), xdp(OK, { flags: 1 }), xdp(OK, { batchSize: 1 }),
  xdp(OK, { cpu: 7 }), xdp("r0 = -1; exit"), xdp("r0 = 1; r0 <<= 40; exit"), xdp(OK, { repeat: 3 }),
  // XDP: contexts
  ...[[0, 64, 0], [0, 40, 0], [8, 64, 0], [8, 30, 0], [0, 65, 0], [0, 0, 0], [8, 8, 0], [52, 64, 0], [48, 64, 0], [6, 64, 0], [40, 30, 0], [0, 64, 4]].map(
    ([data, end, meta]) => xdp(LENGTH, { ctx: u32s(data, end, meta, 0, 0, 0), ctxRoom: 24 })),
  xdp(OK, { ctx: u32s(0, 64, 0, 1, 0, 0), ctxRoom: 24 }), xdp(OK, { ctx: u32s(0, 64, 0, 0, 1, 0), ctxRoom: 24 }),
  xdp(OK, { ctx: u32s(0, 64, 0, 99, 0, 0), ctxRoom: 24 }), xdp(OK, { ctx: u32s(0, 64, 0, 0, 0, 1), ctxRoom: 24 }),
  xdp(OK, { ctx: u32s(0, 64, 0, 1, 1, 0) }), xdp(OK, { ctx: u32s(0, 64), ctxRoom: 24 }), xdp(OK, { ctx: u32s(0, 64, 0, 0, 0, 0, 1) }),
  xdp(OK, { ctx: u32s(0, 64, 0, 0, 0, 0, 0) }), xdp(OK, { ctx: u32s(0, 64, 0, 0, 0, 0), ctxRoom: 8 }), xdp(LENGTH, { ctxRoom: 24 }),
  xdp(field(32, 12)), xdp(field(32, 16)), xdp("r0 = *(u32 *)(r1 + 8); r2 = *(u32 *)(r1 + 0); r0 -= r2; exit"),
  // XDP: helpers
  ...[8, -8, 50, 51, -216, -217, -256, 60, 100].map((delta) => xdp(call(44, delta))),
  ...[-50, -51, 8, 3456, 3457, -100].map((delta) => xdp(call(65, delta), { dataRoom: 4000 })),
  ...[-8, -6, -216, -220, -256, 4, 8, 0].map((delta) => xdp(call(54, delta), { ctx: u32s(0, 64, 0, 0, 0, 0), ctxRoom: 24 })),
  xdp(calls([44, 8], [44, -8])), xdp(calls([65, -8], [65, 8])), xdp(calls([54, -8], [44, -208])), xdp(calls([54, -8], [44, -211])),
  xdp(calls([54, -8], [44, 4])), xdp(calls([54, -8], [54, 4])), xdp(calls([44, 40], [54, -220])), xdp(call(44, -100), { repeat: 3 }),
  ...[1, 100, 2616, 2617, -1, -1480, -1481, -4990].map((delta) => xdp(calls([65, delta], [188]), { data: counting(5000), dataRoom: 8000 })),
  xdp(calls([44, 3000], [188]), { data: counting(5000), dataRoom: 8000 }),
  ...[0, 10, 60, 61, 3518, 4990, 4997, 65535].map((offset) => xdp(`*(u64 *)(r10 - 8) = 0; r6 = r1; r2 = ${offset}; r3 = r10; r3 += -8; r4 = 4; call 189; r0 = *(u32 *)(r10 - 8); exit`, { data: counting(5000), dataRoom: 0 })),
  ...[0, 60, 61, 3518, 4996, 4997].map((offset) => xdp(`*(u64 *)(r10 - 8) = 77; r2 = ${offset}; r3 = r10; r3 += -8; r4 = 4; call 190; exit`, { data: counting(5000), dataRoom: 8000 })),
  xdp("r1 = 1; r2 = 0; call 23; exit"), xdp("r1 = 1; r2 = 1; call 23; exit"),
  // Socket buffers: sizes and fields
  ...[13, 14, 33, 34, 60, 3712, 3713].map((length) => tc(field(32, 0), { data: Uint8Array.from({ length }, (_, at) => frame[at] ?? 1), dataRoom: 4000 })),
  ...[53, 54].map((length) => tc(OK, { data: frame6.subarray(0, length) })),
  ...[SOCKET_FILTER, SCHED_CLS, CGROUP_SKB, LWT_XMIT].flatMap((type) => {
    const result = type === CGROUP_SKB ? "r0 &= 1; exit" : "exit";
    return [0, 4, 12, 16, 20, 28, 40].map((offset) => skb(type, `r0 = *(u32 *)(r1 + ${offset}); ${result}`));
  }),
  ...[0, 4, 16].map((offset) => tc(field(32, offset), { data: frame6 })),
  ...[[1, 5], [0xff, 0xff], [2, 2]].map(([first, second]) => tc(field(32, 4), { data: Uint8Array.of(first, second, ...frame.subarray(2)) })),
  tc(field(32, 16), { data: Uint8Array.of(...frame.subarray(0, 12), 0, 46, ...frame.subarray(14)) }),
  ...[88, 92, 96, 132, 136].map((offset) => skb(CGROUP_SKB, `r6 = *(u32 *)(r1 + ${offset}); r0 = 1; if r6 == 0x11121314 goto out; if r6 == 0xd0e0f10 goto out; if r6 == 2 goto out; r0 = 0; out: exit`)),
  ...[100, 104, 112, 116, 128].map((offset) => skb(CGROUP_SKB, `r0 = *(u32 *)(r1 + ${offset}); r0 &= 1; exit`, { data: frame6 })),
  tc("r0 = *(u64 *)(r1 + 168); if r0 == 0 goto out; r0 = 1; out: exit"),
  tc("r2 = *(u32 *)(r1 + 76); r3 = *(u32 *)(r1 + 80); r4 = r2; r4 += 20; if r4 > r3 goto out; *(u8 *)(r2 + 3) = 9; r0 = *(u8 *)(r2 + 14); exit; out: r0 = 0; exit"),
  // Socket buffers: contexts
  tc("*(u32 *)(r1 + 8) = 5; *(u32 *)(r1 + 48) = 6; *(u32 *)(r1 + 32) = 7; r0 = 0; exit", { ctxRoom: 192 }),
  tc(field(32, 8), { ctx: skbCtx([8, 9]), ctxRoom: 192 }), tc(field(32, 160), { ctx: skbCtx([160, 100]), ctxRoom: 192 }), tc(OK, { ctx: skbCtx([160, 59]), ctxRoom: 192 }),
  tc(field(32, 160)), tc(field(32, 160), { ctx: skbCtx() , ctxRoom: 192 }), tc(OK, { ctx: skbCtx([0, 1]) }), tc(OK, { ctx: skbCtx([16, 1]) }), tc(OK, { ctx: skbCtx([40, 99]) }),
  tc(field(32, 40), { ctx: skbCtx([40, 1]), ctxRoom: 192 }), tc(field(32, 36), { ctx: skbCtx([36, 7]), ctxRoom: 192 }), tc(OK, { ctx: skbCtx([164, 65535]), ctxRoom: 192 }), tc(OK, { ctx: skbCtx([164, 65536]), ctxRoom: 192 }),
  tc(OK, { ctx: skbCtx([176, 9], [152, 3], [184, 4]), ctxRoom: 100 }), tc(OK, { ctx: new Uint8Array(200), ctxRoom: 192 }), tc(OK, { ctx: new Uint8Array(196).fill(1, 195), ctxRoom: 192 }),
  tc(OK, { flags: 4 }), tc(OK, { flags: 1 }), tc(OK, { cpu: 1 }), tc(OK, { batchSize: 1 }), tc(OK, { dataRoom: 20 }),
  skb(LWT_XMIT, OK), skb(CGROUP_SKB, OK, { dataRoom: 20 }), skb(SOCKET_FILTER, OK, { ctxRoom: 192 }),
  // Socket buffers: bytes
  ...[0, 10, 56, 57, 65535, -14].map((offset) => tc(`*(u64 *)(r10 - 8) = 5; r2 = ${offset}; r3 = r10; r3 += -8; r4 = 4; call 26; r0 <<= 32; r1 = *(u32 *)(r10 - 8); r0 = r1; exit`)),
  ...[0, 42, 43, -14].map((offset) => skb(SOCKET_FILTER, `*(u64 *)(r10 - 8) = 5; r2 = ${offset}; r3 = r10; r3 += -8; r4 = 4; call 26; exit`)),
  ...[[0, 0], [0, 1], [10, 1], [0, 2], [56, 0], [57, 0], [42, 1], [43, 1]].map(([offset, start]) => tc(`*(u64 *)(r10 - 8) = 5; r2 = ${offset}; r3 = r10; r3 += -8; r4 = 4; r5 = ${start}; call 68; r0 = *(u32 *)(r10 - 8); exit`)),
  ...[[0, 0], [10, 1], [56, 2], [57, 0], [0, 4], [0, 3]].map(([offset, flags]) => tc(`*(u64 *)(r10 - 8) = 0x55667788; r2 = ${offset}; r3 = r10; r3 += -8; r4 = 4; r5 = ${flags}; call 9; exit`)),
  ...[0, 10, 60, 61].map((length) => tc(call(39, length))),
  // Socket buffers: length and kind
  ...[13, 14, 33, 60, 100, 3800, 16064, 16065].map((length) => tc(call(38, length, 0), { dataRoom: 17000 })), tc(call(38, 60, 1)),
  ...[0, 8, 100, 16004, 16005].map((length) => tc(call(43, length, 0), { dataRoom: 17000 })), tc(call(43, 8, 1)),
  skb(LWT_XMIT, call(43, 8, 0)), skb(LWT_XMIT, call(38, 10, 0)), tc(calls([38, 100, 0], [38, 60, 0])), tc(calls([43, 8, 0], [38, 21, 0])), tc(calls([43, 8, 0], [38, 22, 0])),
  ...[0, 3, 4].map((type) => tc(`r6 = r1; r2 = ${type}; call 32; r7 = r0; r0 = *(u32 *)(r6 + 4); r7 <<= 8; r0 |= r7; exit`)),
  tc(call(31, 0xdd86, 0)), tc(call(31, 8, 0)), tc(call(31, 0xdd86, 1)), tc(call(31, 8, 0), { data: frame6 }), tc(`r6 = r1; ${call(31, 0xdd86, 0).replace("exit", "r0 = *(u32 *)(r6 + 16); exit")}`),
  ...[[0x81, 5], [0xa888, 5], [0x1234, 0x12345]].flatMap(([proto, tci]) => [20, 24, 28, 0, 16].map((offset) => tc(`r6 = r1; r2 = ${proto}; r3 = ${tci}; call 18; r0 = *(u32 *)(r6 + ${offset}); exit`))),
  tc(calls([18, 0x81, 5], [18, 0x81, 6])), tc(calls([18, 0x81, 5], [18, 0x81, 6], [19])), tc(calls([18, 0x81, 5], [18, 0x81, 6], [19], [19])), tc(calls([18, 0x81, 5], [19])), tc(calls([19])), ...[[], [[19]], [[19], [19]]].flatMap((pops) => [8, 16, 20, 24].map((offset) => tc(`r6 = r1; ${pops.map(() => "r1 = r6; call 19; ").join("")}r0 = *(u32 *)(r6 + ${offset}); exit`, { data: Uint8Array.of(...frame.subarray(0, 12), 0x81, 0, 0, 5, 0x81, 0, 0, 6, ...frame.subarray(12)) }))),
  tc(`r6 = r1; r2 = 0x81; r3 = 5; call 18; r1 = r6; r2 = 0x81; r3 = 6; call 18; r0 = *(u32 *)(r6 + 16); exit`),
  ...[[4, 0, 0], [4, 1, 0], [-4, 0, 0], [-4, 1, 0], [4, 2, 0], [4, 0, 1 << 20], [20, 0, 2], [20, 0, 6], [8, 1, 1], [0x1000, 0, 0], [0xfff, 0, 0], [-20, 0, 0], [-26, 0, 0], [-27, 0, 0], [0, 0, 0], [8, 1, 64], [-26, 1, 0], [-27, 1, 0]].map(
    ([length, mode, flags]) => tc(call(50, length, mode, flags), { dataRoom: 5000 })),
  tc(call(50, 4, 0, 0), { data: frame6 }), tc(call(50, -4, 0, 0), { data: frame6 }), tc(call(50, 4, 0, 0), { data: Uint8Array.of(...frame.subarray(0, 12), 0x12, 0x34, ...frame.subarray(14)) }),
  // Checksums, hashes, redirects
  ...[[24, 0, 0x1234, 0], [24, 0x1111, 0x2222, 2], [24, 0x11112222, 0x33334444, 4], [25, 0, 1, 0], [24, 1, 1, 1], [24, 5, 1, 0], [24, 0, 1, 8], [24, 0, 1, 16], [65535, 0, 1, 2], [58, 1, 2, 2], [59, 1, 2, 2], [60, 1, 2, 2]].map(
    (args) => tc(call(10, ...args))),
  ...[[50, 0, 0x1234, 0], [50, 0, 0x1234, 0x10], [50, 0x1111, 0x2222, 0x22], [50, 0x1111, 0x2222, 0x52], [50, 1, 2, 4], [50, 1, 2, 8], [50, 1, 2, 0x100], [50, 1, 2, 0x84], [50, 1, 2, 0xf4]].map((args) => tc(call(11, ...args))),
  ...[[50, 1, 2, 0x22], [50, 1, 2, 0x62], [50, 0x1111, 0x1111, 0x22]].map((args) => tc(call(11, ...args), { data: frame.map((byte, at) => (at === 50 || at === 51 ? 0 : byte)) })),
  tc("r2 = 7; r6 = r1; call 48; r1 = r6; call 34; exit"), tc("r2 = 7; r6 = r1; call 48; r0 = *(u32 *)(r6 + 68); exit"), tc("r6 = r1; r2 = 7; call 48; r1 = r6; call 41; r0 = *(u32 *)(r6 + 68); exit"),
  tc(call(40, 5)), ...[0, 1, 2].map((flags) => tc(`r1 = 1; r2 = ${flags}; call 23; exit`)), ...[0, 1, 2].map((flags) => tc(call(13, 1, flags))), tc(call(13, 99, 0)),
  ...[0, 1].map((flags) => tc(`r1 = 1; r2 = ${flags}; call 155; exit`)), ...[[0, 0, 0], [0, 0, 1]].map(([params, size, flags]) => tc(`r1 = 1; r2 = ${params}; r3 = ${size}; r4 = ${flags}; call 152; exit`)),
  tc("call 17; exit"), tc("call 24; exit"), tc("call 47; exit"),
  // What is not here: tunnels, routes, MTUs, stacks, signals
  ...[[4, 0], [28, 1], [44, 0], [48, 64], [16, 0]].flatMap(([size, flags]) => [20, 21].map((id) => tc(onStack(id, size, flags)))),
  tc(onStack(29, 8)), tc(onStack(30, 8)), ...[0, 1, 64].map((flags) => tc(onStack(69, 64, flags))), tc(onStack(69, 60, 0)),
  ...[[2, 0], [2, 1], [10, 1], [3, 1], [2, 9]].map(([family, ifindex]) => tc(`${zeros} *(u8 *)(r10 - 64) = ${family}; *(u32 *)(r10 - 56) = ${ifindex}; r2 = r10; r2 += -64; r3 = 64; r4 = 0; call 69; exit`)),
  ...[[0, 0, 0], [1, 0, 0], [9, 0, 0], [0, 70000, 0], [0, 0, 2], [0, 0, 1]].map(([ifindex, difference, flags]) => tc(`*(u64 *)(r10 - 8) = 0; r2 = ${ifindex}; r3 = r10; r3 += -8; r4 = ${difference}; r5 = ${flags}; call 163; exit`)),
  tc("*(u64 *)(r10 - 8) = 0; r2 = 1; r3 = r10; r3 += -8; r4 = 0; r5 = 0; call 163; r0 = *(u32 *)(r10 - 8); exit"),
  ...[[1, 1], [1, 0], [0, 0], [0, 1], [0, 2]].map(([tstamp, type]) => tc(call(192, tstamp, type))),
  ...[0, 64, 65].flatMap((signal) => [109, 117].filter(() => signal !== 64).map((id) => tc(`r1 = ${signal}; call ${id}; exit`))),
  // LD_ABS, LD_IND
  ...[SOCKET_FILTER, SCHED_CLS].flatMap((type) => ["u8 0", "u16 12", "u32 40", "u32 57", "u8 60", "u16 -1048576", "u16 -2097152", "u8 -1", "u32 -2097100"].map((load) => skb(type, `r6 = r1; r0 = ldabs ${load}; exit`))),
  skb(SOCKET_FILTER, "r6 = r1; r7 = 5; r0 = ldind u16 r7 3; exit"),
  // The other types
  { type: RAW_TRACEPOINT, text: OK }, { type: RAW_TRACEPOINT, text: field(64, 8).replace("exit", "exit"), ctx: counting(16) }, { type: RAW_TRACEPOINT, text: OK, ctx: counting(97) }, { type: RAW_TRACEPOINT, text: OK, ctx: counting(96) },
  { type: RAW_TRACEPOINT, text: OK, data: frame }, { type: RAW_TRACEPOINT, text: OK, repeat: 2 }, { type: RAW_TRACEPOINT, text: OK, cpu: 1 }, { type: RAW_TRACEPOINT, text: OK, flags: 1, cpu: 1 },
  { type: RAW_TRACEPOINT, text: OK, flags: 1, cpu: 99 }, { type: RAW_TRACEPOINT, text: "call 8; exit", flags: 1, cpu: 1 }, { type: RAW_TRACEPOINT, text: OK, flags: 6 }, { type: RAW_TRACEPOINT, text: OK, ctx: counting(8), ctxRoom: 8 },
  { type: SYSCALL, progFlags: SLEEPABLE, text: "*(u32 *)(r1 + 4) = 9; r0 = *(u8 *)(r1 + 0); exit", ctx: counting(16) }, { type: SYSCALL, progFlags: SLEEPABLE, text: OK }, { type: SYSCALL, progFlags: SLEEPABLE, text: OK, repeat: 1, ctx: counting(8) },
  { type: SYSCALL, progFlags: SLEEPABLE, text: OK, ctx: counting(65535) }, { type: SYSCALL, progFlags: SLEEPABLE, text: OK, ctx: counting(65536) }, { type: SYSCALL, progFlags: SLEEPABLE, text: OK, cpu: 1 }, { type: SYSCALL, progFlags: SLEEPABLE, text: OK, flags: 1 },
  ...[13, 14, 60].map((length): RunCase => ({ type: FLOW_DISSECTOR, text: OK, data: frame.subarray(0, length), dataRoom: 64 })),
  { type: FLOW_DISSECTOR, text: "r2 = *(u64 *)(r1 + 144); *(u16 *)(r2 + 2) = 7; *(u16 *)(r2 + 0) = 500; *(u8 *)(r2 + 9) = 6; r0 = 5; exit", data: frame, dataRoom: 64 },
  { type: FLOW_DISSECTOR, text: OK, data: frame, dataRoom: 64, ctx: new Uint8Array(56), ctxRoom: 56 }, { type: FLOW_DISSECTOR, text: OK, data: frame, dataRoom: 10 }, { type: FLOW_DISSECTOR, text: OK, data: frame, flags: 1 },
  { type: FLOW_DISSECTOR, text: OK, data: frame, ctx: Uint8Array.from({ length: 56 }, (_, at) => (at === 48 ? 3 : 0)), dataRoom: 64, ctxRoom: 56 }, { type: FLOW_DISSECTOR, text: OK, data: frame, ctx: new Uint8Array(56).fill(1, 4, 5) },
  ...([[2, 0, 0], [10, 0, 0], [3, 0, 0], [2, 65536, 0], [2, 65535, 0], [2, 0, 1]] as const).map(([family, port, ifindex]): RunCase => {
    const ctx = new Uint8Array(72);
    const view = new DataView(ctx.buffer);
    view.setUint32(8, family, true);
    view.setUint32(60, port, true);
    view.setUint32(64, ifindex, true);
    return { type: SK_LOOKUP, expectedAttachType: 36, text: "r0 = 1; exit", ctx, ctxRoom: 72 };
  }),
  { type: SK_LOOKUP, expectedAttachType: 36, text: "r0 = 1; exit" }, { type: SK_LOOKUP, expectedAttachType: 36, text: "r0 = *(u32 *)(r1 + 8); r0 &= 1; exit", ctx: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0) }, { type: SK_LOOKUP, expectedAttachType: 36, text: "r0 = 1; exit", data: frame, ctx: new Uint8Array(72).fill(2, 8, 9) },
  ...[19, 20, 46].map((length): RunCase => ({ type: NETFILTER, expectedAttachType: 45, text: "r0 = 1; exit", data: frame.subarray(14, 14 + length), dataRoom: 64 })),
  ...[[3, 2], [3, 10], [0, 2], [3, 3], [3, 2, 1], [3, 2, 0, 0, 0, 0, 0, 1], [3, 2, 0, 0, 0, 0, 0, 0, 1], [3], [3, 2, ...new Array(100).fill(0)]].map((ctx): RunCase => ({ type: NETFILTER, expectedAttachType: 45, text: "r0 = 1; exit", data: frame.subarray(14), dataRoom: 64, ctx: Uint8Array.from(ctx) })),
  { type: 2, text: OK }, { type: 5, text: OK, data: frame },
];
