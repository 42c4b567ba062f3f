// Random BTF around special fields: structs with locks, lists, trees and their nodes, right and nearly right.
import * as kinds from "../../../vm/btf/kinds.ts";
import { BtfBuilder } from "./builder.ts";
import { below, pick } from "./random.ts";
import type { Random } from "./random.ts";

const SPECIALS: readonly (readonly [string, number, number])[] = [
  ["bpf_spin_lock", 4, 4], ["bpf_res_spin_lock", 4, 4], ["bpf_refcount", 4, 4], ["bpf_list_node", 24, 8], ["bpf_rb_node", 32, 8],
  ["bpf_list_head", 16, 8], ["bpf_rb_root", 16, 8], ["bpf_timer", 16, 8], ["bpf_wq", 16, 8],
];

/** A blob with one to three structs that hold special fields. */
export function randomFieldBtf(random: Random): Uint8Array {
  const btf = new BtfBuilder();
  const int = btf.int();
  const odd = (): boolean => random() < 0.06;
  const chosen = SPECIALS.filter(() => random() < 0.55);
  const specials = chosen.map(([name, size, align]) => {
    const actual = odd() ? pick(random, [0, 4, 8, 12]) : size;
    return { name, size: actual, align, id: btf.struct(name, actual, []) };
  });
  const typeTag = btf.reference(kinds.TYPE_TAG, int, pick(random, ["kptr", "kptr_untrusted", "percpu_kptr", "plain"]));
  const structCount = 1 + below(random, 3);
  const names = ["s1", "s2", "s3"];
  for (let index = 0; index < structCount; index++) {
    let offset = 0;
    const members: (readonly [string, number, number])[] = [];
    const tags: [number, string][] = [];
    for (let n = below(random, 5); n >= 0; n--) {
      const special = pick(random, [...specials, undefined]);
      const name = `f${members.length}`;
      if (special === undefined) {
        const choice = below(random, 4);
        const nested = index > 0 && choice === 0;
        const type = nested ? btf.count - 0 : choice === 1 ? btf.ptr(typeTag) : int;
        if (!nested && choice !== 1) members.push([name, type, offset * 8]), (offset += 4);
        else if (choice === 1) (offset = Math.ceil(offset / 8) * 8), members.push([name, type, offset * 8]), (offset += 8);
        continue;
      }
      offset = Math.ceil(offset / special.align) * special.align + (odd() ? 4 : 0);
      const wrapped = random();
      const type = wrapped < 0.8 ? special.id : wrapped < 0.85 ? btf.array(special.id, int, 1) : wrapped < 0.9 ? btf.array(special.id, int, 2)
        : wrapped < 0.93 ? btf.reference(kinds.TYPEDEF, special.id, "td") : wrapped < 0.96 ? btf.reference(kinds.CONST, special.id)
        : btf.struct("", special.size, [["in", special.id, 0]], random() < 0.7 ? kinds.STRUCT : kinds.UNION);
      members.push([name, type, offset * 8]);
      if (special.name === "bpf_list_head" || special.name === "bpf_rb_root") {
        const field = pick(random, ["f0", "f1", "f2", ...(odd() ? ["", "nope"] : [])]);
        const text = odd() ? pick(random, ["contains:", "contains:s1", "contains::f0", "holds:s1:f0"]) : `contains:${pick(random, names.slice(0, structCount))}:${field}`;
        if (!odd()) tags.push([members.length - 1, text]);
        if (odd()) tags.push([members.length - 1, text]);
      }
      offset += special.size * (wrapped >= 0.85 && wrapped < 0.9 ? 2 : 1);
    }
    const size = Math.ceil(offset / 8) * 8;
    const id = btf.struct(names[index], size, members, odd() ? kinds.UNION : kinds.STRUCT);
    for (const [component, text] of tags) btf.declTag(text, id, component);
  }
  return btf.bytes();
}
