// Records the golden files anew from the bpftool of this machine:
//
//   npx tsx tests/cli/record.node.ts [--out FOLDER] [FILE ...]
//
// The scripts run on a private bpffs in a mount namespace of their own, so neither the machine's pins nor its mounts are
// touched. Needs root, bpf(2), bpftool and unshare.
import { spawnSync, type StdioOptions } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { play } from "./golden.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const INSIDE = "BPF_MAPS_RECORD_INSIDE";

/** Why bpftool cannot be asked here, or undefined when it can. */
export function whyNoBpftool(): string | undefined {
  if (process.platform !== "linux") return "not Linux";
  if (spawnSync("bpftool", ["version"]).error) return "bpftool is not installed";
  if (spawnSync("unshare", ["--version"]).error) return "unshare is not installed";
  const probe = spawnSync("unshare", ["-m", "sh", "-c", "mount -t bpf none /sys/fs/bpf && bpftool map show id 1"]);
  const said = String(probe.stderr);
  if (/No such file/.test(said) || probe.status === 0) return undefined;
  return `bpf(2) or mount(2) is refused: ${said.trim().split("\n")[0]}`;
}

/** Runs this file's recorder in its own mount namespace; the answers go to `out`. */
export function recordInto(out: string, files: string[] = []): { status: number | null; said: string } {
  const script = 'mount --make-rprivate / && mount -t bpf none /sys/fs/bpf && mkdir /sys/fs/bpf/dir && exec "$@"';
  const node = [process.execPath, "--import", "tsx", join(here, "record.node.ts"), "--out", out, ...files];
  // Made and removed out here: what bpftool mounts over it inside is gone with the namespace.
  const tmp = mkdtempSync(join(tmpdir(), "bpf-maps-golden-"));
  try {
    const run = spawnSync("unshare", ["-m", "sh", "-c", script, "sh", ...node], {
      env: { ...process.env, [INSIDE]: tmp, LC_ALL: "C" },
      cwd: join(here, "../.."),
      encoding: "utf8",
    });
    return { status: run.status, said: run.stdout + run.stderr };
  } finally {
    rmSync(tmp, { recursive: true });
  }
}

async function record(tmp: string, out: string, files: string[]): Promise<void> {
  const names = files.length > 0 ? files : readdirSync(join(here, "goldens")).filter((name) => name.endsWith(".golden"));
  for (const name of names.map((file) => basename(file))) {
    // bpftool mounts a bpffs over a folder that has none: the working folder of a script is its own.
    const cwd = mkdtempSync(join(tmp, "cwd-"));
    const text = await play(readFileSync(join(here, "goldens", name), "utf8"), {
      tmp,
      writeFile: writeFileSync,
      tool: (argv, stdin) => {
        // Without input, fd 0 must not be a socket as node makes it: some commands take fd 0 as a value.
        const input = stdin === undefined ? { stdio: ["ignore", "pipe", "pipe"] as StdioOptions } : { input: stdin };
        const run = spawnSync("bpftool", argv, { ...input, encoding: "utf8", cwd });
        return { stdout: run.stdout, stderr: run.stderr, code: run.status ?? -1 };
      },
    });
    writeFileSync(join(out, name), text);
    for (const entry of readdirSync("/sys/fs/bpf", { recursive: true, withFileTypes: true })) {
      // The kernel puts maps.debug and progs.debug there, which cannot be removed; no pin may contain a dot.
      if (entry.isFile() && !entry.name.includes(".")) rmSync(join(entry.parentPath ?? entry.path, entry.name));
    }
  }
}

if (process.argv[1] && basename(process.argv[1]) === "record.node.ts") {
  const argv = process.argv.slice(2);
  const out = argv[0] === "--out" ? (argv.splice(0, 2)[1] ?? "") : join(here, "goldens");
  const tmp = process.env[INSIDE];
  if (tmp !== undefined) {
    await record(tmp, out, argv);
  } else {
    const run = recordInto(out, argv);
    process.stdout.write(run.said);
    process.exitCode = run.status ?? 1;
  }
}
