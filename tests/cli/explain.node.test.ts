// What is said under bpftool's own text, with --explain.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { nearest } from "../../cli/suggest.ts";
import { goldenKernel, runText } from "./tool.ts";

const test = suite("cli: explanations");

const kernel = goldenKernel();
runText(kernel, "map create /sys/fs/bpf/m type hash key 4 value 4 entries 1 name flows");

for (const [line, hint] of [
  ["map dmup", "unknown word 'dmup': did you mean 'dump'?"],
  ["map zzzzz", "unknown word 'zzzzz'"],
  ["mpa show", "unknown word 'mpa': did you mean 'map'?"],
  ["dmup name x", "unknown word 'dmup': did you mean 'map dump'?"],
  ["zzzzz name x", "unknown word 'zzzzz'"],
  ["dump name x", "'dump' is a command of map: did you mean 'map dump'?"],
  ["map dump", "'dump' takes MAP; MAP is id N, name NAME or pinned PATH"],
  ["map dump nmae flows", "unknown word 'nmae': did you mean 'name'?"],
  ["map dump 1 x", "did you mean 'id 1'?"],
  ["map dump /sys/fs/bpf/m x", "did you mean 'pinned /sys/fs/bpf/m'?"],
  ["map dump flows x", "unknown word 'flows': did you mean 'name flows'?"],
  ["map dump name flow", "no map has the name 'flow': did you mean 'flows'?"],
  ["map create /sys/fs/bpf/z type hsah key 4 value 4 entries 1 name z", "unknown word 'hsah': did you mean 'hash'?"],
  ["map create /sys/fs/bpf/z tpye hash key 4 value 4 entries 1 name z", "unknown word 'tpye': did you mean 'type'?"],
  ["map create /sys/fs/bpf/z type array key 8 value 4 entries 1 name z", "key_size of BPF_MAP_TYPE_ARRAY must be 4: current value is 8"],
  ["map update name flows kye 1", "unknown word 'kye': did you mean 'key'?"],
  ["map update name flows key 1 0 0 0 value 1 0 0 0 exist", "the key is absent and BPF_EXIST was given"],
  ["map delete name flows key 1 0 0 0", "there is no such element"],
  ["map pop name flows x", undefined],
] as const) {
  test(`${line}: ${hint ?? "nothing"}`, () => {
    const plain = runText(kernel, line);
    const explained = runText(kernel, `--explain ${line}`);
    assert.equal({ ...explained, stderr: plain.stderr }, plain);
    assert.is(explained.stderr, plain.stderr + (hint === undefined ? "" : `Hint: ${hint}\n`));
    assert.is(runText(kernel, `-j ${line}`).stderr, "");
  });
}

test("a word is near when fewer than half of its letters differ", () => {
  for (const [word, meant] of [["dupm", "dump"], ["dum", "dump"], ["dumpp", "dump"], ["xump", "dump"], ["xxmp", undefined], ["", undefined], ["d".repeat(99), undefined]]) {
    assert.is(nearest(word!, ["show", "dump", "help"]), meant, word);
  }
});

test.run();
