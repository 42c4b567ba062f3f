// The API reference: static pages in build/docs, from the docstrings of what the package exports. Fails when an export has none.
// TypeDoc needs a TypeScript that is written in JavaScript, so it has packages of its own.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installPackages } from "../tests/runtime/setup.ts";

const folder = fileURLToPath(new URL("docs", import.meta.url));
installPackages(folder);
const { status } = spawnSync(process.execPath, [join(folder, "node_modules/typedoc/bin/typedoc")], { cwd: folder, stdio: "inherit" });
process.exitCode = status ?? 1;
