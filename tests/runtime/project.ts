// The package as it would be published: packed, and installed into an empty project in a temporary folder.
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HERE, ROOT } from "./setup.ts";

/** A project that has the packed package installed, and the files of `hosts/`. */
export interface Project {
  directory: string;
  tarball: string;
  /** The installed package's folder. */
  installed: string;
}

const npm = (args: string[], cwd: string): string =>
  execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** Packs the checkout and installs the tarball into a fresh project. */
export function createProject(): Project {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "bpf-maps-matrix-")));
  const [{ filename }] = JSON.parse(npm(["pack", "--ignore-scripts", "--json", "--pack-destination", directory], ROOT));
  const tarball = join(directory, filename);
  writeFileSync(join(directory, "package.json"), `{ "name": "app", "private": true, "type": "module" }\n`);
  npm(["install", "--ignore-scripts", "--no-audit", "--no-fund", tarball], directory);
  const installed = join(directory, "node_modules/bpf-maps");
  cpSync(join(HERE, "hosts"), directory, { recursive: true });
  for (const name of ["smoke.mjs", "smoke_with.mjs"]) copyFileSync(join(HERE, name), join(directory, name));
  for (const name of ["bpf-maps.esm.js", "bpf-maps.esm.d.ts", "bpf-maps.wasm"]) {
    copyFileSync(join(installed, "dist", name), join(directory, name));
  }
  return { directory, tarball, installed };
}

/** Name and version of the packed package, for the log. */
export function describe({ installed, tarball }: Project): string {
  const { name, version } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  return `${name}@${version}, ${(readFileSync(tarball).length / 1024).toFixed(0)} KiB packed`;
}
