// A transform of the compiler: optimizes the release core with the optimizer's own pipeline, in place of the compiler's,
// whose passes for managed code only make this core larger. Size counts for the cold code, which is most of it, and what
// is hot was written for speed: level 3 without shrinking was not measurably faster.

/**
 * Functions with one caller are inlined, which saves the call. These are large and not called often; on their own they
 * have few locals with small numbers, as most functions have, and compress better for it.
 */
const APART = [
  "map/hash_group_copy/gather_past",
  "map/lru_list/flush_pending",
  "map/lru_node/lru_create",
  "mem/heap/slab_create",
  "mem/sha256/sha256",
  "object/bpffs/fs_rename",
  "object/vfs/find_child",
  "syscall/map_batch/lookup_keys",
];

// The second round sees calls into functions that the first found to be free of effects, and inlines what became small.
const ROUNDS = 2;

export default class Optimize {
  /** Called by the compiler with the module it made; `this.binaryen` is the compiler's own. */
  afterCompile(module) {
    const { binaryen } = this;
    binaryen.setOptimizeLevel(2);
    binaryen.setShrinkLevel(2);
    // The release's constant data begins at 1024 (asconfig.json), so no address below is used.
    binaryen.setLowMemoryUnused(true);
    for (const path of APART) {
      const name = `assembly/${path}`;
      if (!module.getFunction(name)) throw new Error(`Cannot keep ${name} apart: the module has no such function`);
      binaryen.setPassArgument("no-inline", name);
      module.runPasses(["no-inline"]);
    }
    for (let round = 0; round < ROUNDS; round++) {
      module.runPasses(["generate-global-effects"]);
      module.optimize();
    }
  }
}
