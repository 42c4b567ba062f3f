import { Fault } from "../uapi/fault";
import { KIND_DATA, chunk_kind } from "../mem/chunk";
import { CHUNK_SHIFT } from "../mem/root";
import { host_helper } from "../helper/host";
import { atomic32, atomic64 } from "./atomic";
import { call_drain, call_for_each, call_function, call_loop, return_from } from "./call";
import { call_helper } from "./helper";
import { ENTRY_SIZE, Entry, SRC_IMM } from "./image";
import { div_s32, div_s64, div_u32, div_u64, mod_s32, mod_s64, mod_u32, mod_u64 } from "./number";
import { Op } from "./op";
import { InterpRun, Stop, stop_with } from "./state";

// The interpreter's loop. Entries are trusted, since decode.ts made them; what registers hold is not.

/** Helpers that transfer control. */
const TAIL_CALL: u32 = 12;
const FOR_EACH_MAP_ELEM: u32 = 164;
const LOOP: u32 = 181;
const USER_RINGBUF_DRAIN: u32 = 209;
/** By this id the host loads from a packet: ctx, offset, size; the bytes as a big-endian number, negative outside (LD_ABS_ID of vm/helpers/table.ts). */
const LOAD_PACKET: i32 = 0x10000;

/** Where `size` bytes at a register's value plus the entry's offset may be accessed, or 0. */
@inline
function data_at(base: u64, pc: usize, size: u64): usize {
  const at = base + <u64>(<i64>load<i32>(pc, offsetof<Entry>("off")));
  const last = at + (size - 1);
  if ((at | last) >> 32) return 0;
  const first = <u32>at >> CHUNK_SHIFT;
  if (chunk_kind(first) != KIND_DATA) return 0;
  const end = <u32>last >> CHUNK_SHIFT;
  return first == end || chunk_kind(end) == KIND_DATA ? <usize>at : 0;
}

/** The entry that a jump leads to. */
@inline
function target_of(pc: usize): usize {
  return <usize>load<i32>(pc, offsetof<Entry>("off"));
}

/** Runs up to `budget` instructions; how it stopped is one of Stop. */
export function execute(run: InterpRun, budget: u64): u32 {
  const registers = changetype<usize>(run);
  let pc = run.pc;
  for (; budget; --budget) {
    const dst = registers + load<u8>(pc, offsetof<Entry>("dst"));
    const src = load<u8>(pc, offsetof<Entry>("src"));
    const a = load<u64>(dst);
    const b = src & SRC_IMM ? load<u64>(pc, offsetof<Entry>("imm")) : load<u64>(registers + src);
    let next = pc + ENTRY_SIZE;
    switch (<i32>load<u16>(pc)) {
      case Op.ADD64: store<u64>(dst, a + b); break;
      case Op.SUB64: store<u64>(dst, a - b); break;
      case Op.MUL64: store<u64>(dst, a * b); break;
      case Op.DIV64: store<u64>(dst, div_u64(a, b)); break;
      case Op.OR64: store<u64>(dst, a | b); break;
      case Op.AND64: store<u64>(dst, a & b); break;
      case Op.LSH64: store<u64>(dst, a << (b & 63)); break;
      case Op.RSH64: store<u64>(dst, a >> (b & 63)); break;
      case Op.NEG64: store<u64>(dst, 0 - a); break;
      case Op.MOD64: store<u64>(dst, mod_u64(a, b)); break;
      case Op.XOR64: store<u64>(dst, a ^ b); break;
      case Op.MOV64: store<u64>(dst, b); break;
      case Op.ARSH64: store<u64>(dst, <i64>a >> (<i64>b & 63)); break;
      case Op.SDIV64: store<u64>(dst, div_s64(a, b)); break;
      case Op.SMOD64: store<u64>(dst, mod_s64(a, b)); break;
      case Op.MOVSX8: store<i64>(dst, <i64>(<i8>b)); break;
      case Op.MOVSX16: store<i64>(dst, <i64>(<i16>b)); break;
      case Op.MOVSX32: store<i64>(dst, <i64>(<i32>b)); break;
      case Op.ADD32: store<u64>(dst, <u64>(<u32>a + <u32>b)); break;
      case Op.SUB32: store<u64>(dst, <u64>(<u32>a - <u32>b)); break;
      case Op.MUL32: store<u64>(dst, <u64>(<u32>a * <u32>b)); break;
      case Op.DIV32: store<u64>(dst, <u64>(div_u32(<u32>a, <u32>b))); break;
      case Op.OR32: store<u64>(dst, <u64>(<u32>a | <u32>b)); break;
      case Op.AND32: store<u64>(dst, <u64>(<u32>a & <u32>b)); break;
      case Op.LSH32: store<u64>(dst, <u64>(<u32>a << (<u32>b & 31))); break;
      case Op.RSH32: store<u64>(dst, <u64>(<u32>a >> (<u32>b & 31))); break;
      case Op.NEG32: store<u64>(dst, <u64>(<u32>(-<i32>a))); break;
      case Op.MOD32: store<u64>(dst, <u64>(mod_u32(<u32>a, <u32>b))); break;
      case Op.XOR32: store<u64>(dst, <u64>(<u32>a ^ <u32>b)); break;
      case Op.MOV32: store<u64>(dst, <u64>(<u32>b)); break;
      case Op.ARSH32: store<u64>(dst, <u64>(<u32>(<i32>a >> (<i32>b & 31)))); break;
      case Op.SDIV32: store<u64>(dst, <u64>(<u32>div_s32(<i32>a, <i32>b))); break;
      case Op.SMOD32: store<u64>(dst, <u64>(<u32>mod_s32(<i32>a, <i32>b))); break;
      case Op.MOVSX8_32: store<u64>(dst, <u64>(<u32>(<i32>(<i8>b)))); break;
      case Op.MOVSX16_32: store<u64>(dst, <u64>(<u32>(<i32>(<i16>b)))); break;
      case Op.ZEXT16: store<u64>(dst, a & 0xffff); break;
      case Op.ZEXT32: store<u64>(dst, <u64>(<u32>a)); break;
      case Op.NOP: break;
      case Op.BSWAP16: store<u64>(dst, <u64>bswap<u16>(<u16>a)); break;
      case Op.BSWAP32: store<u64>(dst, <u64>bswap<u32>(<u32>a)); break;
      case Op.BSWAP64: store<u64>(dst, bswap<u64>(a)); break;
      case Op.IMM64:
        store<u64>(dst, load<u64>(pc, offsetof<Entry>("imm")));
        next += ENTRY_SIZE;
        break;

      case Op.JA: next = target_of(pc); break;
      case Op.JEQ: if (a == b) next = target_of(pc); break;
      case Op.JGT: if (a > b) next = target_of(pc); break;
      case Op.JGE: if (a >= b) next = target_of(pc); break;
      case Op.JSET: if ((a & b) != 0) next = target_of(pc); break;
      case Op.JNE: if (a != b) next = target_of(pc); break;
      case Op.JSGT: if (<i64>a > <i64>b) next = target_of(pc); break;
      case Op.JSGE: if (<i64>a >= <i64>b) next = target_of(pc); break;
      case Op.JLT: if (a < b) next = target_of(pc); break;
      case Op.JLE: if (a <= b) next = target_of(pc); break;
      case Op.JSLT: if (<i64>a < <i64>b) next = target_of(pc); break;
      case Op.JSLE: if (<i64>a <= <i64>b) next = target_of(pc); break;
      case Op.JEQ32: if (<u32>a == <u32>b) next = target_of(pc); break;
      case Op.JGT32: if (<u32>a > <u32>b) next = target_of(pc); break;
      case Op.JGE32: if (<u32>a >= <u32>b) next = target_of(pc); break;
      case Op.JSET32: if ((<u32>a & <u32>b) != 0) next = target_of(pc); break;
      case Op.JNE32: if (<u32>a != <u32>b) next = target_of(pc); break;
      case Op.JSGT32: if (<i32>a > <i32>b) next = target_of(pc); break;
      case Op.JSGE32: if (<i32>a >= <i32>b) next = target_of(pc); break;
      case Op.JLT32: if (<u32>a < <u32>b) next = target_of(pc); break;
      case Op.JLE32: if (<u32>a <= <u32>b) next = target_of(pc); break;
      case Op.JSLT32: if (<i32>a < <i32>b) next = target_of(pc); break;
      case Op.JSLE32: if (<i32>a <= <i32>b) next = target_of(pc); break;
      case Op.MAY_GOTO:
        if (run.turns) --run.turns;
        else next = target_of(pc);
        break;

      case Op.LDX8: {
        const at = data_at(b, pc, 1);
        if (!at) return stop_with(run, pc, Fault.ACCESS);
        store<u64>(dst, <u64>load<u8>(at));
        break;
      }
      case Op.LDX16: {
        const at = data_at(b, pc, 2);
        if (!at) return stop_with(run, pc, Fault.ACCESS);
        store<u64>(dst, <u64>load<u16>(at));
        break;
      }
      case Op.LDX32: {
        const at = data_at(b, pc, 4);
        if (!at) return stop_with(run, pc, Fault.ACCESS);
        store<u64>(dst, <u64>load<u32>(at));
        break;
      }
      case Op.LDX64: {
        const at = data_at(b, pc, 8);
        if (!at) return stop_with(run, pc, Fault.ACCESS);
        store<u64>(dst, <u64>load<u64>(at));
        break;
      }
      case Op.LDSX8: {
        const at = data_at(b, pc, 1);
        if (!at) return stop_with(run, pc, Fault.ACCESS);
        store<i64>(dst, <i64>load<i8>(at));
        break;
      }
      case Op.LDSX16: {
        const at = data_at(b, pc, 2);
        if (!at) return stop_with(run, pc, Fault.ACCESS);
        store<i64>(dst, <i64>load<i16>(at));
        break;
      }
      case Op.LDSX32: {
        const at = data_at(b, pc, 4);
        if (!at) return stop_with(run, pc, Fault.ACCESS);
        store<i64>(dst, <i64>load<i32>(at));
        break;
      }
      case Op.STX8: {
        const at = data_at(a, pc, 1);
        if (!at) return stop_with(run, pc, Fault.ACCESS);
        store<u8>(at, <u8>b);
        break;
      }
      case Op.STX16: {
        const at = data_at(a, pc, 2);
        if (!at) return stop_with(run, pc, Fault.ACCESS);
        store<u16>(at, <u16>b);
        break;
      }
      case Op.STX32: {
        const at = data_at(a, pc, 4);
        if (!at) return stop_with(run, pc, Fault.ACCESS);
        store<u32>(at, <u32>b);
        break;
      }
      case Op.STX64: {
        const at = data_at(a, pc, 8);
        if (!at) return stop_with(run, pc, Fault.ACCESS);
        store<u64>(at, <u64>b);
        break;
      }
      case Op.ATOMIC32: {
        const at = data_at(a, pc, 4);
        if (!at) return stop_with(run, pc, Fault.ACCESS);
        atomic32(run, at, load<i32>(pc, offsetof<Entry>("imm")), registers + src);
        break;
      }
      case Op.ATOMIC64: {
        const at = data_at(a, pc, 8);
        if (!at) return stop_with(run, pc, Fault.ACCESS);
        atomic64(run, at, load<i32>(pc, offsetof<Entry>("imm")), registers + src);
        break;
      }

      case Op.LD_ABS:
      case Op.LD_IND: {
        run.pc = pc;
        const offset = load<i32>(pc, offsetof<Entry>("imm")) + (<i32>load<u16>(pc) == Op.LD_IND ? <i32>b : 0);
        const value = host_helper(LOAD_PACKET, run.r6, <i64>offset, load<i32>(pc, offsetof<Entry>("off")), 0, 0);
        run.r0 = <i64>value < 0 ? 0 : value;
        // Outside of the packet the function returns 0.
        if (<i64>value < 0) {
          if (!run.depth) return Stop.EXIT;
          next = return_from(run);
          if (!next) return Stop.FAULT;
        }
        break;
      }

      case Op.CALL_HELPER: {
        run.pc = pc;
        const id = load<u32>(pc, offsetof<Entry>("imm"));
        if (id == TAIL_CALL) {
          run.pc = next;
          return Stop.TAIL_CALL;
        }
        if (id == LOOP) next = call_loop(run, next);
        else if (id == FOR_EACH_MAP_ELEM) next = call_for_each(run, next);
        else if (id == USER_RINGBUF_DRAIN) next = call_drain(run, next);
        else run.r0 = call_helper(run, id);
        if (!next) return Stop.FAULT;
        break;
      }
      case Op.CALL_FUNCTION:
        if (!run.fuel) return stop_with(run, pc, Fault.FUEL);
        --run.fuel;
        run.pc = pc;
        next = call_function(run, next, target_of(pc));
        if (!next) return Stop.FAULT;
        break;
      case Op.EXIT:
        run.pc = pc;
        if (!run.depth) return Stop.EXIT;
        next = return_from(run);
        if (!next) return Stop.FAULT;
        break;

      case Op.OUTSIDE: return stop_with(run, pc, Fault.JUMP);
      default: return stop_with(run, pc, Fault.INSN);
    }
    // Every loop has a back edge, and every callback one more: it comes back to its first entry.
    if (next <= pc) {
      if (!run.fuel) return stop_with(run, pc, Fault.FUEL);
      --run.fuel;
    }
    pc = next;
  }
  run.pc = pc;
  return Stop.BUDGET;
}
