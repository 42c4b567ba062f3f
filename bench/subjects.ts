// All benchmarks, in the order in which they run.
import { bloom } from "./bloom.bench.ts";
import { growth } from "./growth.bench.ts";
import type { Subject } from "./harness/case.ts";
import { hash } from "./hash.bench.ts";
import { hashTargets } from "./hash_targets.bench.ts";
import { kernelTargets } from "./kernel_targets.bench.ts";
import { latency } from "./latency.bench.ts";
import { load } from "./load.bench.ts";
import { lpm } from "./lpm.bench.ts";
import { lru } from "./lru.bench.ts";
import { memory } from "./memory.bench.ts";
import { native } from "./native.bench.ts";
import { ring } from "./ring.bench.ts";

export const subjects: Subject[] = [hash, hashTargets, kernelTargets, native, lru, lpm, bloom, ring, memory, latency, growth, load];
