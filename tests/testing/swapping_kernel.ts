// A kernel that is replaced by a restored copy of itself every now and then, behind the back of whoever uses it.
import { coreOf, keepCore } from "../../bindings/abi/internals.ts";
import { Kernel } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";
import type { Prng } from "../kernel/prng.ts";

let releaseBuild: Uint8Array | undefined;

function releaseId(): Uint8Array {
  return (releaseBuild ??= coreOf(Kernel.loadSync()).buildId);
}

export class SwappingKernel {
  #kernel: Kernel;
  readonly #prng: Prng;
  readonly #chance: number;
  /** How often it was replaced. */
  swaps = 0;
  /** The memory of the kernel of the moment. */
  readonly memory: { readonly buffer: ArrayBufferLike };

  constructor(kernel: Kernel, prng: Prng, chance: number) {
    this.#kernel = kernel;
    keepCore(this, coreOf(kernel));
    this.#prng = prng;
    this.#chance = chance;
    const current = (): ArrayBufferLike => this.#kernel.memory.buffer;
    this.memory = {
      get buffer() {
        return current();
      },
    };
  }

  get cpus(): number {
    return this.#kernel.cpus;
  }

  bpf(cmd: number, attr: Uint8Array & number, size?: number): number {
    const result = this.#kernel.bpf(cmd, attr, size);
    if (this.#prng.chance(this.#chance)) this.#swap();
    return result;
  }

  close(fd: number): number {
    return this.#kernel.close(fd);
  }

  dup(fd: number): number {
    return this.#kernel.dup(fd);
  }

  alloc(size: number): number {
    return this.#kernel.alloc(size);
  }

  free(address: number): void {
    this.#kernel.free(address);
  }

  stats(): ReturnType<Kernel["stats"]> {
    return this.#kernel.stats();
  }

  #swap(): void {
    const old = this.#kernel;
    const snapshot = old.snapshot();
    // Builds of the same sources lay memory out alike: the release build goes on where the one under test stopped.
    const crosses = this.swaps % 2 === 1 && String(releaseId()) === String(coreOf(old).buildId);
    this.#kernel = crosses ? Kernel.loadSync({ snapshot }) : newKernel({ snapshot });
    keepCore(this, coreOf(this.#kernel));
    // Takes the views over the old memory away from everybody who has one, as growth does.
    old.memory.grow(0);
    this.swaps++;
  }
}
