// A transform of the compiler: optimizes the release core with the optimizer's own pipeline, in place of the compiler's,
// whose passes for managed code only make this core larger. Size counts for the cold code, which is most of it, and what
// is hot was written for speed: level 3 without shrinking was not measurably faster.

// The second round sees calls into functions that the first found to be free of effects, and inlines what became small.
const ROUNDS = 2;

export default class Optimize {
  /** Called by the compiler with the module it made; `this.binaryen` is the compiler's own. */
  afterCompile(module) {
    const { binaryen } = this;
    binaryen.setOptimizeLevel(3);
    binaryen.setShrinkLevel(0);
    // The release's constant data begins at 1024 (asconfig.json), so no address below is used.
    binaryen.setLowMemoryUnused(true);
    for (let round = 0; round < ROUNDS; round++) {
      module.runPasses(["generate-global-effects"]);
      module.optimize();
    }
  }
}
