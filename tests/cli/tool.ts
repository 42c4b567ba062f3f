// The command line as a tool in this process, for tests.
import { Kernel } from "../../bindings/index.ts";
import { runAdded } from "../../cli/commands/added.ts";
import { parseOptions } from "../../cli/options.ts";
import { run } from "../../cli/run.ts";
import { readFileSync } from "node:fs";
import type { Answer } from "./golden.ts";

/** Possible CPUs of the machine the goldens were recorded on. */
export const GOLDEN_CPUS = 2;

/** A kernel as the goldens' scripts expect it: an empty bpffs with one folder. */
export function goldenKernel(): Kernel {
  const kernel = Kernel.loadSync({ cpus: GOLDEN_CPUS });
  kernel.bpffs.mkdir("/sys/fs/bpf/dir");
  return kernel;
}

/** Runs one command line on `kernel`. */
export function runTool(kernel: Kernel, argv: readonly string[], stdin = ""): Answer {
  const answer: Answer = { stdout: "", stderr: "", code: 0 };
  const host = {
    out: (text: string): void => void (answer.stdout += text),
    err: (text: string): void => void (answer.stderr += text),
    readText: (path: string): string => (path === "-" ? stdin : readFileSync(path, "utf8")),
    readBytes: (path: string, count: number): string => readFileSync(path, "latin1").slice(0, count),
  };
  // Named as the judge is: some messages carry the program's name.
  answer.code = run(kernel, host, parseOptions(argv, "bpftool"), runAdded);
  return answer;
}

/** The same for a command line in one string, words separated by blanks. */
export function runText(kernel: Kernel, line: string): Answer {
  return runTool(kernel, line.split(" ").filter(Boolean));
}
