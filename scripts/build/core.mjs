// Compiles assembly/ for all targets and inlines the release bytes as a TypeScript module.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { filesBelow, hashFiles, runNode, StepError, writeFileAtomic } from "./files.mjs";

/** What a build makes; those that are shared have a memory that is imported and shared. */
const TARGETS = ["debug", "release", "shared", "shared_debug", "programs-debug", "programs"];
const JOURNAL = "scripts/build/journal.mjs";
const OPTIMIZE = "scripts/build/optimize.mjs";
/** Transforms of the compiler, in this order. */
const TRANSFORMS = {
  debug: [],
  release: [OPTIMIZE],
  shared: [JOURNAL, OPTIMIZE],
  shared_debug: [JOURNAL],
  "programs-debug": [],
  programs: [OPTIMIZE],
};
const MAPS = "assembly/index.ts";
/** With programs, too (assembly/mem/variant.ts). */
const PROGRAMS = "assembly/index_programs.ts";
const SHARED = "assembly/shared/index.ts";
/** The debug builds also export the checks of the engine's own state. */
const CHECKS = "assembly/debug/index.ts";
/** The sources whose exports are the module's. */
export const ENTRIES = {
  debug: [MAPS, CHECKS],
  release: [MAPS],
  shared: [MAPS, SHARED],
  shared_debug: [MAPS, SHARED, "assembly/shared/debug.ts", CHECKS],
  "programs-debug": [PROGRAMS, CHECKS],
  programs: [PROGRAMS],
};
const STAMP = "build/core.stamp";
/** The compiler as the core needs it, for runNode; without the transform the module would have no function table. */
export const ASC = [resolve("node_modules/assemblyscript/bin/asc.js"), "--transform", resolve("scripts/build/function_table.mjs")];

/**
 * The module with a section that names the build, in the form of the tool conventions' build_id: hosts read it to tell
 * whether a snapshot of memory is theirs. Targets with the same entry lay memory out alike, so they share an id.
 */
function withBuildId(wasm, id) {
  const name = Buffer.from("build_id");
  const content = Buffer.concat([Buffer.from([name.length]), name, Buffer.from([id.length]), id]);
  return Buffer.concat([wasm, Buffer.from([0, content.length]), content]);
}

/** What lays memory out alike has the same id: the debug and the release build of one core. */
const layoutOf = (target) => `${ENTRIES[target][0]} ${target.startsWith("shared")}`;

const buildIdOf = (stamp, target) => createHash("sha256").update(`${stamp} ${layoutOf(target)}`).digest().subarray(0, 16);

async function compile(target, stamp) {
  // The outputs appear under their own names only when all of them are complete; the names inside the folder stay
  // the final ones because a source map is found by the name the module was written under.
  const staging = join("build", `.staging-${target}`);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  const { code, output } = await runNode([
    ...ASC, ...TRANSFORMS[target].flatMap((path) => ["--transform", resolve(path)]), ...ENTRIES[target], "--config", "asconfig.json", "--target", target,
    "--outFile", join(staging, `${target}.wasm`), "--textFile", join(staging, `${target}.wat`),
  ]);
  process.stderr.write(output);
  if (code !== 0) throw new StepError(`Cannot compile the core: asc failed for the ${target} target`);
  const wasm = join(staging, `${target}.wasm`);
  writeFileSync(wasm, withBuildId(readFileSync(wasm), buildIdOf(stamp, target)));
  for (const name of readdirSync(staging)) renameSync(join(staging, name), join("build", name));
  rmSync(staging, { recursive: true, force: true });
}

function writeWasmBytes(target, name) {
  const base64 = readFileSync(`build/${target}.wasm`).toString("base64");
  writeFileAtomic(
    `bindings/generated/${name}.ts`,
    `// Written by scripts/build/core.mjs from build/${target}.wasm.\n` +
      `/** The ${target} core in base64. */\n` +
      `export const wasmBase64: string =\n  "${base64}";\n`,
  );
}

/** One hash over all that a core is made from. */
function stampOfSources() {
  return hashFiles([
    ...filesBelow("assembly", (path) => path.endsWith(".ts")),
    "asconfig.json",
    "scripts/build/function_table.mjs",
    ...TRANSFORMS.shared,
    "node_modules/assemblyscript/package.json",
  ]);
}

/** Whether the module is there and made from these sources: one that somebody compiled by hand does not carry the id. */
function isMadeFrom(stamp, target) {
  const path = `build/${target}.wasm`;
  return existsSync(path) && readFileSync(path).includes(buildIdOf(stamp, target));
}

/** Compiles the core when its sources, its configuration or its compiler changed. */
export async function buildCore({ force }) {
  const stamp = stampOfSources();
  const outputs = TARGETS.map((target) => `build/${target}.wasm`);
  const isFresh = existsSync(STAMP) && readFileSync(STAMP, "utf8") === stamp && TARGETS.every((target) => isMadeFrom(stamp, target));
  if (force || !isFresh) {
    const started = Date.now();
    // allSettled: the other compiler must have finished writing before the lock is given up.
    const results = await Promise.allSettled(TARGETS.map((target) => compile(target, stamp)));
    for (const result of results) if (result.status === "rejected") throw result.reason;
    writeFileAtomic(STAMP, stamp);
    const sizes = outputs.map((path) => `${path} ${readFileSync(path).length} bytes`);
    console.log(`core: ${sizes.join(", ")} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  }
  writeWasmBytes("release", "wasm_bytes");
  writeWasmBytes("shared", "shared_bytes");
  writeWasmBytes("programs", "programs_wasm_bytes");
}
