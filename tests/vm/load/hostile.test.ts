// Random attrs of the commands on programs: whatever their bytes, a call answers, and nothing that it made is left.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Kernel } from "../../../bindings/index.ts";
import { programs } from "../../../vm/index.ts";
import { assembleBytes } from "../../../vm/insn/text.ts";
import { Cmd } from "../../kernel/abi.ts";

const CALLS = 20_000;
const COMMANDS = [
  Cmd.PROG_LOAD, Cmd.PROG_LOAD, Cmd.PROG_LOAD, Cmd.PROG_TEST_RUN, Cmd.PROG_TEST_RUN, Cmd.BTF_LOAD, Cmd.BTF_LOAD, Cmd.OBJ_GET_INFO_BY_FD, Cmd.OBJ_PIN,
  Cmd.OBJ_GET, Cmd.PROG_GET_NEXT_ID, Cmd.PROG_GET_FD_BY_ID, Cmd.BTF_GET_FD_BY_ID, Cmd.BTF_GET_NEXT_ID, Cmd.PROG_BIND_MAP, Cmd.ENABLE_STATS,
  Cmd.PROG_ATTACH, Cmd.PROG_DETACH, Cmd.PROG_QUERY, Cmd.RAW_TRACEPOINT_OPEN, Cmd.TASK_FD_QUERY, Cmd.LINK_CREATE, Cmd.LINK_UPDATE, Cmd.LINK_DETACH,
  Cmd.LINK_GET_FD_BY_ID, Cmd.LINK_GET_NEXT_ID, Cmd.ITER_CREATE, Cmd.TOKEN_CREATE, Cmd.PROG_STREAM_READ_BY_FD, Cmd.MAP_CREATE, Cmd.MAP_UPDATE_ELEM,
];
const PROGRAMS = ["r0 = 2; exit", "r0 = 0; exit", "goto +7; exit"];

const test = suite("hostile attrs of commands on programs");

test(`${CALLS} random attrs`, () => {
  const kernel = Kernel.loadSync({ seed: 1, programs });
  let state = 12345;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const block = kernel.alloc(4096);
  PROGRAMS.forEach((text, index) => new Uint8Array(kernel.memory.buffer).set(assembleBytes(text), block + index * 64));
  new Uint8Array(kernel.memory.buffer).set([0x47, 0x50, 0x4c, 0], block + 1024);
  const word = (): number => {
    switch (random(8)) {
      case 0: return random(8);
      case 1: return random(40);
      case 2: return block + random(3) * 64;
      case 3: return block + random(4096);
      case 4: return 1 << random(32);
      case 5: return random(2 ** 32);
      default: return 0;
    }
  };
  let opened = 0;
  for (let call = 0; call < CALLS; call++) {
    const cmd = COMMANDS[random(COMMANDS.length)];
    const attr = new Uint8Array(168);
    const view = new DataView(attr.buffer);
    for (let count = random(8); count > 0; count--) view.setUint32(4 * random(42), word(), true);
    if (cmd === Cmd.PROG_LOAD && random(3) > 0) {
      [6, 2, block + 64 * random(3), 0, block + 1024].forEach((value, index) => view.setUint32(4 * index, value, true));
    }
    // An edge of the attr, not a run of hours: a repeat may be any number.
    if (cmd === Cmd.PROG_TEST_RUN) view.setUint32(32, random(3), true);
    const answer = kernel.bpf(cmd, attr);
    assert.ok(Number.isInteger(answer) && answer > -4096, `command ${cmd} answers ${answer}`);
    if (answer >= 3) opened++;
    if (random(4) === 0) kernel.close(3 + random(24));
  }
  assert.ok(opened > 100, `${opened} fds`);
  for (let fd = 3; fd < 4096; fd++) kernel.close(fd);
  const { objects, privateBytes } = kernel.stats();
  assert.equal({ objects, privateBytes }, { objects: 0, privateBytes: 0 });
});

test.run();
