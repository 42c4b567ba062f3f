import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../cli/flows/run.ts";

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command in this process; `stdin` is what standard input delivers, in chunks. */
export async function runFlows(argv: string[], stdin: Uint8Array[] = []): Promise<RunResult> {
  let stdout = "";
  let stderr = "";
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield* stdin;
  }
  const code = await run(argv, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    stdin: chunks(),
  });
  return { code, stdout, stderr };
}

/** The report that --json prints for a capture on standard input. */
export async function jsonOf(capture: Uint8Array, ...options: string[]): Promise<any> {
  const { code, stdout, stderr } = await runFlows(["--json", ...options, "-"], [capture]);
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "bpf-maps-flows-"));
}

export function writeCapture(folder: string, name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

export const SMTP = "node_modules/pcap-parser/test/smtp.pcap";
export const BIG_ENDIAN = "node_modules/pcap-parser/test/be.pcap";
export const MALFORMED = "node_modules/pcap-parser/test/malformed.pcap";
