// What the matrix needs on the machine: its own npm packages, and the two browsers from Debian's packages.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** This folder; its node_modules hold everything only the matrix needs. */
export const HERE = fileURLToPath(new URL(".", import.meta.url));
export const ROOT = join(HERE, "../..");

function run(command: string, args: string[], cwd: string): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} exited with ${status}\n${stdout}\n${stderr}`);
}

/** Installs the packages of a folder of the matrix; does nothing when the lock file is the one installed last. */
export function installPackages(folder = HERE): void {
  const stamp = join(folder, "node_modules/.installed");
  const hash = createHash("sha256").update(readFileSync(join(folder, "package-lock.json"))).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  // The runtimes are the platform packages that their launcher packages would choose from; no install script is needed.
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder);
  writeFileSync(stamp, hash);
}

function isInstalled(program: string): boolean {
  return spawnSync("which", [program]).status === 0;
}

/** Installs the Debian package `program` when it is missing; returns why that was not possible, or nothing. */
export function installBrowser(program: string): string | undefined {
  if (isInstalled(program)) return undefined;
  if (!isInstalled("apt-get")) return `${program} is not installed, and there is no apt-get to install it with`;
  console.log(`installing ${program} with apt-get`);
  try {
    run("apt-get", ["update", "-qq"], HERE);
    run("env", ["DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq", "--no-install-recommends", program], HERE);
  } catch (error) {
    return `${program} cannot be installed: ${(error as Error).message.split("\n")[0]}`;
  }
  return undefined;
}

/** A file of one of the matrix' own packages. */
export const packageFile = (path: string): string => join(HERE, "node_modules", path);
