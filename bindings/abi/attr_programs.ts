// Tables of the commands on programs, as attr.ts has those of the commands on maps.
import { Cmd } from "../../assembly/uapi/constants.ts";
import { announced, type AttrField, type AttrTable, type CountName, table } from "./attr_table.ts";

/** Bytes of a list whose number of elements is a field, and the size of an element another one or a constant. */
const list =
  (count: CountName, size: CountName | number): AttrField["bytes"] =>
  (attr) =>
    (attr[count] ?? 0) * (typeof size === "number" ? size : (attr[size] ?? 0));

const SIZE_MAX = 2 ** 32;
const INSN_SIZE = 8;
const FD_SIZE = 4;

const attach = table(
  ["target_fd", 0, "fd"],
  ["attach_bpf_fd", 4, "fd"],
  ["attach_type", 8, "u32"],
  ["attach_flags", 12, "u32"],
  ["replace_bpf_fd", 16, "fd"],
);

export const PROGRAM_TABLES = {
  [Cmd.PROG_LOAD]: table(
    ["prog_type", 0, "u32"],
    ["insn_cnt", 4, "u32"],
    ["insns", 8, "ptr", undefined, list("insn_cnt", INSN_SIZE)],
    ["license", 16, "path"],
    ["log_level", 24, "u32"],
    ["log_size", 28, "u32"],
    ["log_buf", 32, "ptr", "out", announced("log_size", SIZE_MAX)],
    ["kern_version", 40, "u32"],
    ["prog_flags", 44, "u32"],
    ["prog_name", 48, "name"],
    ["prog_ifindex", 64, "u32"],
    ["expected_attach_type", 68, "u32"],
    ["prog_btf_fd", 72, "fd"],
    ["func_info_rec_size", 76, "u32"],
    ["func_info", 80, "ptr", undefined, list("func_info_cnt", "func_info_rec_size")],
    ["func_info_cnt", 88, "u32"],
    ["line_info_rec_size", 92, "u32"],
    ["line_info", 96, "ptr", undefined, list("line_info_cnt", "line_info_rec_size")],
    ["line_info_cnt", 104, "u32"],
    ["attach_btf_id", 108, "u32"],
    ["attach_prog_fd", 112, "fd"],
    ["core_relo_cnt", 116, "u32"],
    ["fd_array", 120, "ptr", undefined, list("fd_array_cnt", FD_SIZE)],
    ["core_relos", 128, "ptr", undefined, list("core_relo_cnt", "core_relo_rec_size")],
    ["core_relo_rec_size", 136, "u32"],
    ["log_true_size", 140, "u32", "out"],
    ["prog_token_fd", 144, "s32"],
    ["fd_array_cnt", 148, "u32"],
    ["signature", 152, "ptr", undefined, announced("signature_size", SIZE_MAX)],
    ["signature_size", 160, "u32"],
    ["keyring_id", 164, "s32"],
  ),
  [Cmd.PROG_TEST_RUN]: table(
    ["prog_fd", 0, "fd"],
    ["retval", 4, "u32", "out"],
    ["data_size_in", 8, "u32"],
    ["data_size_out", 12, "u32", "out"],
    ["data_in", 16, "ptr", undefined, announced("data_size_in", SIZE_MAX)],
    ["data_out", 24, "ptr", "out", announced("data_size_out", SIZE_MAX)],
    ["repeat", 32, "u32"],
    ["duration", 36, "u32", "out"],
    ["ctx_size_in", 40, "u32"],
    ["ctx_size_out", 44, "u32", "out"],
    ["ctx_in", 48, "ptr", "out", announced("ctx_size_in", SIZE_MAX)],
    ["ctx_out", 56, "ptr", "out", announced("ctx_size_out", SIZE_MAX)],
    ["flags", 64, "u32"],
    ["cpu", 68, "u32"],
    ["batch_size", 72, "u32"],
  ),
  [Cmd.PROG_GET_NEXT_ID]: table(["start_id", 0, "u32"], ["next_id", 4, "u32", "out"], ["open_flags", 8, "u32"]),
  [Cmd.LINK_GET_NEXT_ID]: table(["start_id", 0, "u32"], ["next_id", 4, "u32", "out"], ["open_flags", 8, "u32"]),
  [Cmd.PROG_GET_FD_BY_ID]: table(["prog_id", 0, "u32"], ["next_id", 4, "u32"], ["open_flags", 8, "u32"]),
  [Cmd.LINK_GET_FD_BY_ID]: table(["link_id", 0, "u32"], ["next_id", 4, "u32"], ["open_flags", 8, "u32"]),
  [Cmd.PROG_BIND_MAP]: table(["prog_fd", 0, "fd"], ["map_fd", 4, "fd"], ["flags", 8, "u32"]),
  [Cmd.ENABLE_STATS]: table(["type", 0, "u32"]),
  [Cmd.PROG_ATTACH]: attach,
  [Cmd.PROG_DETACH]: attach,
  [Cmd.PROG_QUERY]: table(["target_fd", 0, "fd"], ["attach_type", 4, "u32"], ["query_flags", 8, "u32"]),
  [Cmd.RAW_TRACEPOINT_OPEN]: table(["name", 0, "path"], ["prog_fd", 8, "fd"], ["cookie", 16, "u64"]),
  [Cmd.TASK_FD_QUERY]: table(["pid", 0, "u32"], ["fd", 4, "fd"], ["flags", 8, "u32"]),
  [Cmd.LINK_CREATE]: table(["prog_fd", 0, "fd"], ["target_fd", 4, "fd"], ["attach_type", 8, "u32"], ["flags", 12, "u32"]),
  [Cmd.LINK_UPDATE]: table(["link_fd", 0, "fd"], ["new_prog_fd", 4, "fd"], ["flags", 8, "u32"], ["old_prog_fd", 12, "fd"]),
  [Cmd.LINK_DETACH]: table(["link_fd", 0, "fd"]),
  [Cmd.ITER_CREATE]: table(["link_fd", 0, "fd"], ["flags", 4, "u32"]),
  [Cmd.TOKEN_CREATE]: table(["flags", 0, "u32"], ["bpffs_fd", 4, "fd"]),
  [Cmd.PROG_STREAM_READ_BY_FD]: table(
    ["stream_buf", 0, "ptr", "out", announced("stream_buf_len", SIZE_MAX)],
    ["stream_buf_len", 8, "u32"],
    ["stream_id", 12, "u32"],
    ["prog_fd", 16, "fd"],
  ),
} satisfies { readonly [cmd: number]: AttrTable };
