// Compiles assembly/ for all targets and inlines the release bytes as a TypeScript module.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { filesBelow, hashFiles, runNode, StepError, writeFileAtomic } from "./files.mjs";

/** What a build makes; those that are shared have a memory that is imported and shared. */
const TARGETS = ["debug", "release", "shared", "shared_debug"];
const JOURNAL = "scripts/build/journal.mjs";
const OPTIMIZE = "scripts/build/optimize.mjs";
/** Transforms of the compiler, in this order. */
const TRANSFORMS = { debug: [], release: [OPTIMIZE], shared: [JOURNAL, OPTIMIZE], shared_debug: [JOURNAL] };
/** Sources beyond index.ts: the debug build also exports the checks of the engine's own state. */
export const EXTRA_ENTRIES = {
  debug: ["assembly/debug/index.ts"],
  release: [],
  shared: ["assembly/shared/index.ts"],
  shared_debug: ["assembly/shared/index.ts", "assembly/shared/debug.ts", "assembly/debug/index.ts"],
};
const STAMP = "build/core.stamp";
/** The compiler as the core needs it, for runNode; without the transform the module would have no function table. */
export const ASC = [resolve("node_modules/assemblyscript/bin/asc.js"), "--transform", resolve("scripts/build/function_table.mjs")];

/**
 * The module with a section that names the build, in the form of the tool conventions' build_id: hosts read it to tell
 * whether a snapshot of memory is theirs. Both targets lay memory out alike, so they share the id of their sources.
 */
function withBuildId(wasm, id) {
  const name = Buffer.from("build_id");
  const content = Buffer.concat([Buffer.from([name.length]), name, Buffer.from([id.length]), id]);
  return Buffer.concat([wasm, Buffer.from([0, content.length]), content]);
}

/** Where threads share the memory it is laid out differently: such a build has an id of its own. */
const idOf = (target, stamp) => (target.startsWith("shared") ? createHash("sha256").update(`shared ${stamp}`).digest("hex") : stamp);

const buildIdOf = (stamp) => Buffer.from(stamp.slice(0, 32), "hex");

async function compile(target, stamp) {
  // The outputs appear under their own names only when all of them are complete; the names inside the folder stay
  // the final ones because a source map is found by the name the module was written under.
  const staging = join("build", `.staging-${target}`);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  const { code, output } = await runNode([
    ...ASC, ...TRANSFORMS[target].flatMap((path) => ["--transform", resolve(path)]), ...EXTRA_ENTRIES[target], "--config", "asconfig.json", "--target", target,
    "--outFile", join(staging, `${target}.wasm`), "--textFile", join(staging, `${target}.wat`),
  ]);
  process.stderr.write(output);
  if (code !== 0) throw new StepError(`Cannot compile the core: asc failed for the ${target} target`);
  const wasm = join(staging, `${target}.wasm`);
  writeFileSync(wasm, withBuildId(readFileSync(wasm), buildIdOf(idOf(target, stamp))));
  for (const name of readdirSync(staging)) renameSync(join(staging, name), join("build", name));
  rmSync(staging, { recursive: true, force: true });
}

function writeWasmBytes(name, target) {
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
const isMadeFrom = (stamp, path) => existsSync(path) && readFileSync(path).includes(buildIdOf(stamp));

/** Compiles the core when its sources, its configuration or its compiler changed. */
export async function buildCore({ force }) {
  const stamp = stampOfSources();
  const outputs = TARGETS.map((target) => `build/${target}.wasm`);
  const isFresh = existsSync(STAMP) && readFileSync(STAMP, "utf8") === stamp && TARGETS.every((target, i) => isMadeFrom(idOf(target, stamp), outputs[i]));
  if (force || !isFresh) {
    const started = Date.now();
    // allSettled: the other compiler must have finished writing before the lock is given up.
    const results = await Promise.allSettled(TARGETS.map((target) => compile(target, stamp)));
    for (const result of results) if (result.status === "rejected") throw result.reason;
    writeFileAtomic(STAMP, stamp);
    const sizes = outputs.map((path) => `${path} ${readFileSync(path).length} bytes`);
    console.log(`core: ${sizes.join(", ")} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  }
  writeWasmBytes("wasm_bytes", "release");
  writeWasmBytes("shared_bytes", "shared");
}
