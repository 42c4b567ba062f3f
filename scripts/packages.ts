// Folders with npm packages of their own, for what would be too heavy for everybody's `npm ci`.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Runs a program to its end; throws what it printed when it fails. */
export function run(command: string, args: string[], cwd: string): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} exited with ${status}\n${stdout}\n${stderr}`);
}

/** Installs the packages of a folder; does nothing when its lock file is the one installed last. */
export function installPackages(folder: string): void {
  const stamp = join(folder, "node_modules/.installed");
  const hash = createHash("sha256").update(readFileSync(join(folder, "package-lock.json"))).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder);
  writeFileSync(stamp, hash);
}
