import * as assert from "uvu/assert";
import { Cmd, Errno, MapType } from "../../../kernel/abi.ts";
import { answers, CLOSED_FD, type ProgMachine, row, type Row, story, type Table, XDP } from "../prog_machine.ts";

// Programs as objects: wrong kinds of fds, ids, info, pins, arrays of programs, and commands that attach.

const { EINVAL, EBADF, EBADFD, ENOENT, E2BIG, EFAULT, ENOTSUPP, ENODEV } = Errno;

const key = (index: number): Uint8Array => new Uint8Array(Uint32Array.of(index).buffer);
const INFO_SIZE = 232;

/** A map of programs. */
const progArray = (m: ProgMachine): number => m.map({ map_type: MapType.PROG_ARRAY, key_size: 4, value_size: 4, max_entries: 4 });
const put = (m: ProgMachine, map_fd: number, index: number, fd: number): number =>
  m.call(Cmd.MAP_UPDATE_ELEM, { map_fd, key: key(index), value: key(fd), flags: 0 });

/** An empty BTF with one INT. */
const BTF = Uint8Array.of(
  0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 16, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 32, 0, 0, 1, 0, 0x69, 0x6e, 0x74, 0,
);

const kinds: Row[] = [
  row("TEST_RUN of a map", Cmd.PROG_TEST_RUN, (m) => ({ prog_fd: m.map() }), -EINVAL),
  row("TEST_RUN of BTF", Cmd.PROG_TEST_RUN, (m) => ({ prog_fd: m.btf(BTF) }), -EINVAL),
  row("TEST_RUN of a closed fd", Cmd.PROG_TEST_RUN, () => ({ prog_fd: CLOSED_FD }), -EBADF),
  row("TEST_RUN with half a context", Cmd.PROG_TEST_RUN, () => ({ prog_fd: CLOSED_FD, ctx_size_in: 8 }), -EINVAL),
  row("TEST_RUN of a type that has none", Cmd.PROG_TEST_RUN, (m) => ({ prog_fd: m.program({ prog_type: 14 }) }), -ENOTSUPP),
  row("TEST_RUN with an unused byte", Cmd.PROG_TEST_RUN, (m) => ({ prog_fd: m.program() }), -EINVAL, { pokes: [[76, 1]] }),
  row("lookup in a program", Cmd.MAP_LOOKUP_ELEM, (m) => ({ map_fd: m.program(), key: key(0), value: new Uint8Array(8) }), -EINVAL),
  row("lookup in BTF", Cmd.MAP_LOOKUP_ELEM, (m) => ({ map_fd: m.btf(BTF), key: key(0), value: new Uint8Array(8) }), -EINVAL),
  row("freeze a program", Cmd.MAP_FREEZE, (m) => ({ map_fd: m.program() }), -EINVAL),
  row("an inner map that is a program", Cmd.MAP_CREATE, (m) => ({ map_type: MapType.ARRAY_OF_MAPS, key_size: 4, value_size: 4, max_entries: 1, inner_map_fd: m.program() }), -EINVAL),
  row("info of a closed fd", Cmd.OBJ_GET_INFO_BY_FD, () => ({ bpf_fd: CLOSED_FD, info_len: 0 }), -EBADFD),
  row("info of statistics", Cmd.OBJ_GET_INFO_BY_FD, (m) => ({ bpf_fd: m.call(Cmd.ENABLE_STATS, { type: 0 }), info_len: 0 }), -EINVAL),
  row("bind: flags before all", Cmd.PROG_BIND_MAP, () => ({ prog_fd: CLOSED_FD, map_fd: CLOSED_FD, flags: 1 }), -EINVAL),
  row("bind: a closed program", Cmd.PROG_BIND_MAP, (m) => ({ prog_fd: CLOSED_FD, map_fd: m.map() }), -EBADF),
  row("bind: a map for a program", Cmd.PROG_BIND_MAP, (m) => ({ prog_fd: m.map(), map_fd: CLOSED_FD }), -EINVAL),
  row("bind: a closed map", Cmd.PROG_BIND_MAP, (m) => ({ prog_fd: m.program(), map_fd: CLOSED_FD }), -EBADF),
  row("bind: a program for a map", Cmd.PROG_BIND_MAP, (m) => ({ prog_fd: m.program(), map_fd: m.program() }), -EINVAL),
  row("statistics of another kind", Cmd.ENABLE_STATS, () => ({ type: 1 }), -EINVAL),
];

const ids: Row[] = [
  row("program 0", Cmd.PROG_GET_FD_BY_ID, () => ({ prog_id: 0 }), -ENOENT),
  row("a program by an unused field", Cmd.PROG_GET_FD_BY_ID, () => ({ prog_id: 0, next_id: 1 }), -EINVAL),
  row("BTF 0", Cmd.BTF_GET_FD_BY_ID, () => ({ btf_id: 0 }), -ENOENT),
  row("BTF with access flags", Cmd.BTF_GET_FD_BY_ID, () => ({ btf_id: 0, open_flags: 8 }), -EINVAL),
  row("link 0", Cmd.LINK_GET_FD_BY_ID, () => ({ link_id: 0 }), -ENOENT),
  row("no id behind the last", Cmd.PROG_GET_NEXT_ID, () => ({ start_id: 0x7ffffffe }), -ENOENT),
  row("no id so large", Cmd.PROG_GET_NEXT_ID, () => ({ start_id: 0x7fffffff }), -EINVAL),
  row("no id so large, of links", Cmd.LINK_GET_NEXT_ID, () => ({ start_id: 0x7fffffff }), -EINVAL),
  story("ids of programs and BTF are walked and opened", (m) => {
    for (const [fd, nextId, byId, field, at] of [
      [m.program(), Cmd.PROG_GET_NEXT_ID, Cmd.PROG_GET_FD_BY_ID, "prog_id", 4], [m.btf(BTF), Cmd.BTF_GET_NEXT_ID, Cmd.BTF_GET_FD_BY_ID, "btf_id", 12],
    ] as const) {
      const id = m.id(fd, at);
      const fields = { start_id: id - 1, next_id: 0 };
      assert.is(m.call(nextId, fields), 0);
      assert.is(fields.next_id, id);
      const again = m.opened(m.call(byId, { [field]: id }), "GET_FD_BY_ID");
      assert.is(m.id(again, at), id);
      m.close(fd);
      assert.is(m.id(again, at), id);
      m.close(again);
      assert.is(m.call(byId, { [field]: id }), -ENOENT);
    }
  }),
];

/** Info of a program with one map, with words given. */
const infoRow = (name: string, words: readonly (readonly [number, number])[], expected: number, size = INFO_SIZE): Row =>
  story(name, (m) => {
    const info = m.info(m.program({}, `r1 = map_fd ${m.map()}; r0 = 2; exit`), size, words);
    answers(typeof info === "number" ? info : 0, expected);
  });

const info: Row[] = [
  infoRow("a long info", [], 0, 4096),
  infoRow("an info that is too long", [], -E2BIG, 4097),
  infoRow("a byte behind the last input", [[228, 1]], -E2BIG),
  infoRow("map ids at NULL", [[52, 1]], -EFAULT),
  infoRow("instructions at NULL", [[20, 8]], -EFAULT),
  infoRow("tags at NULL", [[180, 1]], -EFAULT),
  infoRow("function records of another size", [[132, 12]], -EINVAL),
  infoRow("function records without a size", [[144, 1]], -EINVAL),
  infoRow("line records of another size", [[172, 8]], -EINVAL),
  infoRow("lines of machine code of another size", [[176, 4]], -EINVAL),
  story("every field of a program", (m) => {
    const map = m.map();
    const fd = m.program({ prog_name: "every" }, `r1 = map_fd ${map}; call sub one; exit; one: r0 = 2; exit`);
    const block = m.block(256);
    const view = m.info(fd, INFO_SIZE, [
      [52, 4], [56, block.low], [60, block.high], [20, 128], [32, block.low + 64], [36, block.high], [180, 4], [184, block.low + 192], [188, block.high],
    ]) as DataView;
    const word = (at: number): number => view.getUint32(at, true);
    const out = new DataView(block.bytes.buffer, block.bytes.byteOffset);
    assert.is(word(0), XDP);
    assert.is(word(20), 48, "xlated_prog_len");
    assert.is(word(52), 1, "nr_map_ids");
    assert.is(out.getUint32(0, true), m.id(map), "map_ids");
    assert.is(String.fromCharCode(...new Uint8Array(view.buffer, 64, 5)), "every");
    assert.is(word(84) & 1, 1, "gpl_compatible");
    assert.equal([104, 108, 128, 132, 144, 148, 172, 176, 180].map(word), [2, 2, 0, 8, 0, 0, 16, 8, 2]);
    // The map by its id, the call with the distance and the function's number.
    assert.equal([out.getUint8(64), out.getUint8(65), out.getUint32(68, true), out.getUint32(76, true)], [0x18, 0x11, m.id(map), 0]);
    assert.equal([out.getInt16(82, true), out.getInt32(84, true)], [1, 1]);
    const tag = Array.from(new Uint8Array(view.buffer, 8, 8));
    assert.not.equal(tag, new Array(8).fill(0));
  }),
  story("tags as Linux computes them", (m) => {
    for (const [text, tag] of [["r0 = 2; exit", "614b434cd8324ecc"], ["call sub s; exit; s: r0 = 7; exit", "9683c4e123f7f629"]] as const) {
      const view = m.info(m.program({}, text), INFO_SIZE) as DataView;
      assert.is(Array.from(new Uint8Array(view.buffer, 8, 8), (byte) => byte.toString(16).padStart(2, "0")).join(""), tag, text);
    }
  }),
  story("BTF: bytes, name, and what is too short", (m) => {
    const fd = m.btf(BTF);
    const block = m.block(256);
    const view = m.info(fd, 32, [[0, block.low], [4, block.high], [8, 256]]) as DataView;
    assert.is(view.getUint32(8, true), BTF.length);
    assert.equal([...block.bytes.subarray(0, BTF.length)], [...BTF]);
    assert.equal([24, 28].map((at) => view.getUint32(at, true)), [0, 0], "name_len, kernel_btf");
    assert.is(m.info(fd, 32, [[8, 8]]), -EFAULT);
    assert.is(m.info(fd, 32, [[24, 8]]), -EINVAL);
    assert.is(m.info(fd, 32, [[16, block.low], [20, block.high]]), -EINVAL);
    assert.is(m.info(fd, 4097), -E2BIG);
  }),
];

const pins: Row[] = [
  row("BTF has no pins", Cmd.OBJ_PIN, (m) => ({ pathname: m.path("btf"), bpf_fd: m.btf(BTF) }), -EINVAL),
  row("statistics have no pins", Cmd.OBJ_PIN, (m) => ({ pathname: m.path("stats"), bpf_fd: m.call(Cmd.ENABLE_STATS, { type: 0 }) }), -EINVAL),
  story("a pin keeps a program", (m) => {
    const fd = m.program();
    const id = m.id(fd);
    const pathname = m.path("prog");
    assert.is(m.call(Cmd.OBJ_PIN, { pathname, bpf_fd: fd }), 0);
    m.close(fd);
    for (const [file_flags, expected] of [[0, 0], [8, 0], [16, 0], [24, -EINVAL]] as const) {
      const answer = m.call(Cmd.OBJ_GET, { pathname, file_flags });
      answers(answer, expected, `file_flags ${file_flags}`);
      if (answer >= 0) assert.is(m.id(answer), id);
    }
  }),
];

const references: Row[] = [
  story("a program keeps its maps", (m) => {
    const map = m.map();
    const id = m.id(map);
    const fd = m.program({}, `r1 = map_fd ${map}; r0 = 2; exit`);
    m.close(map);
    m.close(m.opened(m.call(Cmd.MAP_GET_FD_BY_ID, { map_id: id }), "MAP_GET_FD_BY_ID"));
    m.close(fd);
    m.target.settle();
    assert.is(m.call(Cmd.MAP_GET_FD_BY_ID, { map_id: id }), -ENOENT);
  }),
  story("a bound map is kept, and counted once", (m) => {
    const fd = m.program();
    const map = m.map();
    const id = m.id(map);
    assert.is(m.call(Cmd.PROG_BIND_MAP, { prog_fd: fd, map_fd: map }), 0);
    assert.is(m.call(Cmd.PROG_BIND_MAP, { prog_fd: fd, map_fd: map }), 0);
    m.close(map);
    assert.is((m.info(fd, INFO_SIZE) as DataView).getUint32(52, true), 1);
    m.close(m.opened(m.call(Cmd.MAP_GET_FD_BY_ID, { map_id: id }), "MAP_GET_FD_BY_ID"));
  }),
  story("an array of programs: what it takes, shows and gives back", (m) => {
    const array = progArray(m);
    const fd = m.program();
    assert.is(put(m, array, 0, CLOSED_FD), -EBADF);
    assert.is(put(m, array, 0, array), -EINVAL);
    assert.is(put(m, array, 4, CLOSED_FD), -E2BIG);
    assert.is(m.call(Cmd.MAP_UPDATE_ELEM, { map_fd: array, key: key(0), value: key(fd), flags: 1 }), -EINVAL);
    assert.is(put(m, array, 0, fd), 0);
    const value = new Uint8Array(4);
    assert.is(m.call(Cmd.MAP_LOOKUP_ELEM, { map_fd: array, key: key(0), value }), 0);
    assert.is(new DataView(value.buffer).getUint32(0, true), m.id(fd));
    assert.is(m.call(Cmd.MAP_LOOKUP_ELEM, { map_fd: array, key: key(1), value }), -ENOENT);
    assert.is(m.call(Cmd.MAP_LOOKUP_ELEM, { map_fd: array, key: key(9), value }), -ENOENT);
    assert.is(m.call(Cmd.MAP_DELETE_ELEM, { map_fd: array, key: key(0) }), 0);
    assert.is(m.call(Cmd.MAP_DELETE_ELEM, { map_fd: array, key: key(0) }), -ENOENT);
    assert.is(m.call(Cmd.MAP_DELETE_ELEM, { map_fd: array, key: key(9) }), -E2BIG);
  }),
  story("an array is for programs like the first one", (m) => {
    const array = progArray(m);
    assert.is(put(m, array, 0, m.program()), 0);
    assert.is(m.call(Cmd.MAP_DELETE_ELEM, { map_fd: array, key: key(0) }), 0);
    assert.is(put(m, array, 0, m.program({ prog_type: 1 })), -EINVAL);
    assert.is(put(m, array, 0, m.program({ prog_flags: 0x20 })), -EINVAL);
    assert.is(put(m, array, 0, m.program({ expected_attach_type: 37 })), -EINVAL);
    assert.is(put(m, array, 0, m.program({ prog_name: "other", license: "MIT" })), 0);
    assert.is(m.load({ prog_type: 1 }, `r1 = map_fd ${array}; r0 = 2; exit`), -EINVAL);
  }),
  story("a program that names an array decides, too", (m) => {
    const array = progArray(m);
    m.program({}, `r1 = map_fd ${array}; r0 = 2; exit`);
    assert.is(put(m, array, 0, m.program({ prog_type: 1 })), -EINVAL);
  }),
  story("an array without users lets go of its programs, whoever runs with it", (m) => {
    const array = progArray(m);
    const fd = m.program({}, `r1 = map_fd ${array}; r0 = 2; exit`);
    const id = m.id(fd);
    const other = m.program();
    const otherId = m.id(other);
    assert.is(put(m, array, 0, fd), 0);
    assert.is(put(m, array, 1, other), 0);
    m.close(other);
    const open = (prog_id: number): number => m.call(Cmd.PROG_GET_FD_BY_ID, { prog_id });
    m.close(m.opened(open(otherId), "PROG_GET_FD_BY_ID"));
    const copy = m.target.dup(array);
    m.close(array);
    m.close(m.opened(open(otherId), "PROG_GET_FD_BY_ID"));
    m.target.close(copy);
    m.target.settle();
    assert.is(open(otherId), -ENOENT);
    m.close(fd);
    m.target.settle();
    assert.is(open(id), -ENOENT);
  }),
];

const attach: Row[] = [
  row("attach: a closed program", Cmd.PROG_ATTACH, () => ({ target_fd: CLOSED_FD, attach_bpf_fd: CLOSED_FD, attach_type: 0 }), -EBADF),
  row("attach: no such type", Cmd.PROG_ATTACH, () => ({ target_fd: CLOSED_FD, attach_bpf_fd: CLOSED_FD, attach_type: 33 }), -EINVAL),
  row("attach: another type", Cmd.PROG_ATTACH, (m) => ({ target_fd: CLOSED_FD, attach_bpf_fd: m.program(), attach_type: 0 }), -EINVAL),
  row("attach: no cgroup", Cmd.PROG_ATTACH, (m) => ({ target_fd: m.map(), attach_bpf_fd: m.program({ prog_type: 8 }, "r0 = 0; exit"), attach_type: 0 }), -EBADF),
  row("attach: no device", Cmd.PROG_ATTACH, (m) => ({ target_fd: 9998, attach_bpf_fd: m.program({ prog_type: 3 }), attach_type: 46 }), -ENODEV),
  row("detach: no cgroup", Cmd.PROG_DETACH, () => ({ target_fd: CLOSED_FD, attach_type: 1 }), -EBADF),
  row("detach: no such type", Cmd.PROG_DETACH, () => ({ target_fd: CLOSED_FD, attach_type: 37 }), -EINVAL),
  row("detach: no device", Cmd.PROG_DETACH, () => ({ target_fd: 9998, attach_type: 47 }), -ENODEV),
  row("query: flags", Cmd.PROG_QUERY, () => ({ target_fd: CLOSED_FD, attach_type: 0, query_flags: 2 }), -EINVAL),
  row("query: no cgroup", Cmd.PROG_QUERY, () => ({ target_fd: CLOSED_FD, attach_type: 0 }), -EBADF),
  row("query: no device", Cmd.PROG_QUERY, () => ({ target_fd: 9998, attach_type: 46 }), -ENODEV),
  row("query: a type without", Cmd.PROG_QUERY, () => ({ target_fd: CLOSED_FD, attach_type: 23 }), -EINVAL),
  row("link: a closed program", Cmd.LINK_CREATE, () => ({ prog_fd: CLOSED_FD, target_fd: 9998, attach_type: 0 }), -EBADF),
  row("link: a map", Cmd.LINK_CREATE, (m) => ({ prog_fd: m.map(), target_fd: 9998, attach_type: 0 }), -EINVAL),
  row("link: no cgroup", Cmd.LINK_CREATE, (m) => ({ prog_fd: m.program({ prog_type: 8 }, "r0 = 0; exit"), target_fd: 9998, attach_type: 1 }), -EBADF),
  row("link: no device", Cmd.LINK_CREATE, (m) => ({ prog_fd: m.program({ prog_type: 3 }), target_fd: 9998, attach_type: 46 }), -ENODEV),
  row("link: no device for XDP", Cmd.LINK_CREATE, (m) => ({ prog_fd: m.program(), target_fd: 9998, attach_type: 37 }), -EINVAL),
  row("link: another type", Cmd.LINK_CREATE, (m) => ({ prog_fd: m.program(), target_fd: 9998, attach_type: 41 }), -EINVAL),
  row("link update: a closed link", Cmd.LINK_UPDATE, () => ({ link_fd: CLOSED_FD, new_prog_fd: CLOSED_FD }), -EBADF),
  row("link update: flags", Cmd.LINK_UPDATE, () => ({ link_fd: CLOSED_FD, flags: 99 }), -EINVAL),
  row("link detach: a program", Cmd.LINK_DETACH, (m) => ({ link_fd: m.program() }), -EINVAL),
  row("link detach: a closed link", Cmd.LINK_DETACH, () => ({ link_fd: CLOSED_FD }), -EBADF),
  row("iterator: flags", Cmd.ITER_CREATE, () => ({ link_fd: CLOSED_FD, flags: 1 }), -EINVAL),
  row("iterator: a closed link", Cmd.ITER_CREATE, () => ({ link_fd: CLOSED_FD }), -EBADF),
  row("token: a closed bpffs", Cmd.TOKEN_CREATE, () => ({ bpffs_fd: CLOSED_FD }), -EBADF),
  row("token: a program", Cmd.TOKEN_CREATE, (m) => ({ bpffs_fd: m.program() }), -EINVAL),
  row("raw tracepoint: another type", Cmd.RAW_TRACEPOINT_OPEN, (m) => ({ prog_fd: m.program(), name: "none" }), -EINVAL),
  row("raw tracepoint: no such", Cmd.RAW_TRACEPOINT_OPEN, (m) => ({ prog_fd: m.program({ prog_type: 17 }), name: "none_such" }), -ENOENT),
  row("raw tracepoint: no name", Cmd.RAW_TRACEPOINT_OPEN, (m) => ({ prog_fd: m.program({ prog_type: 17 }), name: null }), -EFAULT),
  row("stream: nothing in it", Cmd.PROG_STREAM_READ_BY_FD, (m) => ({ prog_fd: m.program(), stream_id: 1, stream_buf: new Uint8Array(8), stream_buf_len: 8 }), 0),
  row("stream: no such", Cmd.PROG_STREAM_READ_BY_FD, (m) => ({ prog_fd: m.program(), stream_id: 3 }), -ENOENT),
  row("stream: a map", Cmd.PROG_STREAM_READ_BY_FD, (m) => ({ prog_fd: m.map(), stream_id: 1 }), -EINVAL),
  row("fd of a task: flags", Cmd.TASK_FD_QUERY, () => ({ pid: 0, flags: 1 }), -EINVAL),
  row("fd of a task: no task", Cmd.TASK_FD_QUERY, () => ({ pid: 0 }), -ENOENT),
];

export const objects: Table = { name: "programs as objects", rows: [...kinds, ...ids, ...info, ...pins] };
export const programReferences: Table = { name: "references of programs", rows: references };
export const attaching: Table = { name: "attaching", rows: attach };
