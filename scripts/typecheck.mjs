// Type-checks every room by its own tsconfig.json: the portable bindings without the types of the web and of Node.
//   npm run typecheck                  all
//   npm run typecheck -- cli tests     only these
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { runNode } from "./build/files.mjs";

const hasConfig = (folder) => existsSync(join(folder, "tsconfig.json"));
const folders = readdirSync(".", { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
// The core is compiled by another compiler; its tsconfig.json, if it has one, is for editors.
const all = [...folders.filter((name) => name !== "assembly" && hasConfig(name)), "tests/types/api"];

const rooms = process.argv.length > 2 ? process.argv.slice(2) : all;
for (const room of rooms) {
  const { code, output } = await runNode(["node_modules/typescript/bin/tsc", "-p", room]);
  console.log(`${room}: ${code === 0 ? "ok" : `\n${output.trimEnd()}`}`);
  if (code !== 0) process.exitCode = 1;
}
