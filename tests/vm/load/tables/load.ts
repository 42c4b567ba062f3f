import * as assert from "uvu/assert";
import { Errno } from "../../../kernel/abi.ts";
import { CLOSED_FD, loads, type Row, SOCKET_FILTER, story, type Table, unmapped, XDP } from "../prog_machine.ts";

// PROG_LOAD: the checks before the log in their order, attach types by program type, and the log.

const { EINVAL, E2BIG, EFAULT, EBADF, ENOMEM, EOPNOTSUPP, ENOSPC, ENOTSUPP } = Errno;

const attr: Row[] = [
  loads("nothing wrong", {}, 0),
  loads("a size that covers the nonzero fields", {}, 0, undefined, { size: 48 }),
  loads("an unknown flag", { prog_flags: 0x100 }, -EINVAL),
  loads("all known flags but SLEEPABLE", { prog_flags: 0xef }, 0),
  loads("the token is closed", { prog_flags: 0x10000, prog_token_fd: CLOSED_FD }, -EBADF),
  loads("the token is none", (m) => ({ prog_flags: 0x10000, prog_token_fd: m.map() }), -EINVAL),
  loads("a token without the flag is not looked at", { prog_token_fd: CLOSED_FD }, 0),
  loads("no instructions", { insn_cnt: 0 }, -E2BIG),
  loads("too many instructions", { insn_cnt: 1_000_001 }, -E2BIG),
  loads("an unknown flag before too many instructions", { insn_cnt: 0, prog_flags: 0x100 }, -EINVAL),
  loads("a target that is closed", { attach_prog_fd: CLOSED_FD }, -EINVAL),
  loads("a target that is a map", (m) => ({ attach_prog_fd: m.map() }), -EINVAL),
  loads("a program as target of a type without one", (m) => ({ attach_prog_fd: m.program() }), -EINVAL),
  loads("a BTF id for a type without a target", { attach_btf_id: 1 }, -EINVAL),
  loads("a BTF id that is too large", { attach_btf_id: 0x100000 }, -EINVAL),
  loads("instructions at NULL", { insns: null }, -EFAULT),
  loads("instructions that cannot be read", { insns: unmapped }, -EFAULT),
  loads("a license at NULL", { license: null }, -EFAULT),
  loads("a license that cannot be read", { license: unmapped }, -EFAULT),
  loads("a long license", { license: "x".repeat(300) }, 0),
  loads("a bad license before an unknown type", { license: null, prog_type: 99 }, -EFAULT),
  loads("a large signature", { signature: new Uint8Array(8), signature_size: 65536 }, -EINVAL),
  loads("an unknown keyring", { signature: new Uint8Array(8), signature_size: 8, keyring_id: 77 }, -EINVAL),
  loads("a signature that cannot be read", { signature: unmapped, signature_size: 8 }, -ENOMEM),
  loads("a signature", { signature: new Uint8Array(8), signature_size: 8 }, -EOPNOTSUPP),
  loads("a keyring without a signature", { keyring_id: 77, signature_size: 99999 }, 0),
  loads("no type", { prog_type: 0 }, -EINVAL),
  loads("a type that does not exist", { prog_type: 33 }, -EINVAL),
  loads("a type that is not built in", { prog_type: 20 }, -EINVAL),
  loads("a device that does not exist", { prog_ifindex: 9999 }, -EINVAL),
  loads("a device that cannot", { prog_ifindex: 1 }, -EOPNOTSUPP),
  loads("a device for a type without one", { prog_ifindex: 1, prog_type: SOCKET_FILTER }, -EINVAL),
  loads("a name with a space", { prog_name: "a b" }, -EINVAL),
  loads("a name of 15 bytes", { prog_name: "abcdefghijklmno" }, 0),
  loads("a name without an end", { prog_name: "abcdefghijklmnop" }, -EINVAL),
  loads("a name with a dot and a Latin-1 letter", { prog_name: "a.\u00e4" }, 0),
  loads("what is never looked at", { kern_version: 7, func_info_rec_size: 3, line_info_rec_size: 3, core_relo_rec_size: 3, prog_btf_fd: 9999 }, 0),
];

/** Attach types by program type: those that are taken, and some that are not. */
const ATTACH: readonly [type: number, taken: readonly number[], refused: readonly number[]][] = [
  [1, [0, 5, 999], []],
  [6, [0, 33, 35, 37, 999], []],
  [8, [0, 1], [2, 57, 58, 999]],
  [9, [0, 2, 12, 13, 34], [1, 3, 8, 35]],
  [18, [8, 9, 10, 11, 14, 15, 19, 20, 29, 32, 49, 53], [0, 2, 12, 16, 28, 33, 48, 54]],
  [21, [0, 39, 40], [1, 38, 41]],
  [25, [21, 22], [0, 20, 23]],
  [30, [36], [0, 35]],
  [32, [45], [0, 44]],
];
/** A result that every one of these types may have. */
const RESULT = "r0 = 1; exit";

const attachTypes: Row[] = ATTACH.flatMap(([prog_type, taken, refused]) => [
  ...taken.map((expected_attach_type) => loads(`type ${prog_type} for ${expected_attach_type}`, { prog_type, expected_attach_type }, 0, RESULT)),
  ...refused.map((expected_attach_type) => loads(`type ${prog_type} not for ${expected_attach_type}`, { prog_type, expected_attach_type }, -EINVAL, RESULT)),
]);

const log: Row[] = [
  loads("a level that does not exist", { log_level: 16 }, -EINVAL),
  loads("a buffer without a size", { log_level: 1, log_buf: new Uint8Array(8) }, -EINVAL),
  loads("a size without a buffer", { log_level: 1, log_size: 8 }, -EINVAL),
  loads("a buffer without a level", { log_buf: new Uint8Array(8), log_size: 8 }, -EINVAL),
  loads("a huge size", { log_level: 1, log_size: 0x40000000, log_buf: new Uint8Array(8) }, -EINVAL),
  loads("a level alone", { log_level: 1 }, 0),
  loads("a bad name before a bad log", { log_level: 16, prog_name: "a b" }, -EINVAL),
  loads("room for a byte", { log_level: 1, log_size: 1, log_buf: new Uint8Array(1) }, -ENOSPC),
  loads("a buffer that cannot be written", { log_level: 1, log_size: 1000, log_buf: unmapped }, -EFAULT),
  loads("a refused program with a short log", { log_level: 1, log_size: 4, log_buf: new Uint8Array(4) }, -ENOSPC, "goto +5; exit"),
  loads("a refused program", { log_level: 1, log_size: 4096, log_buf: new Uint8Array(4096) }, -EINVAL, "goto +5; exit"),
  story("the end of a log that is too long, and with bit 8 its beginning", (m) => {
    const whole = new Uint8Array(4096);
    const fields = { log_level: 1, log_size: whole.length, log_buf: whole, log_true_size: 0 };
    assert.is(m.load(fields, "goto +5; exit"), -EINVAL);
    const size = whole.indexOf(0) + 1;
    assert.is(fields.log_true_size, size);
    for (const [level, from] of [[1, size - 20], [1 | 8, 0]] as const) {
      const part = new Uint8Array(24).fill(0xee);
      assert.is(m.load({ log_level: level, log_size: 20, log_buf: part }, "goto +5; exit"), -ENOSPC);
      assert.equal([...part], [...whole.subarray(from, from + 19), 0, 0xee, 0xee, 0xee, 0xee]);
    }
  }),
  story("the true size is stored if the attr has it", (m) => {
    for (const [size, stored] of [[144, true], [140, false], [168, true]] as const) {
      const fields = { log_level: 1, log_true_size: 0 };
      m.close(m.opened(m.load(fields, undefined, { size }), "PROG_LOAD"));
      assert.is(fields.log_true_size !== 0, stored, `size ${size}`);
    }
  }),
];

const targets: Row[] = [
  loads("TRACING without a type to attach to", { prog_type: 26, expected_attach_type: 28 }, -EINVAL),
  loads("STRUCT_OPS without one", { prog_type: 27 }, -ENOTSUPP),
  loads("SYSCALL for something", { prog_type: 31, prog_flags: 0x10, expected_attach_type: 1 }, -EINVAL, "r0 = 0; exit"),
  loads("SYSCALL", { prog_type: 31, prog_flags: 0x10 }, 0, "r0 = 0; exit"),
  loads("XDP that sleeps", { prog_type: XDP, prog_flags: 0x10 }, -EINVAL),
];

export const load: Table = { name: "PROG_LOAD", rows: [...attr, ...log, ...targets] };
export const loadAttach: Table = { name: "PROG_LOAD, attach types", rows: attachTypes };
