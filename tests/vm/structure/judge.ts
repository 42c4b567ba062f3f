// Structure alone: what the verifier says before the walk, in the words of PROG_LOAD.
import type { BtfFacts } from "../../../vm/image.ts";
import { NO_COUNTS, VerifierLog } from "../../../vm/verify/log.ts";
import { checkStructure } from "../../../vm/verify/structure/index.ts";
import type { Structure } from "../../../vm/verify/structure/structure.ts";
import { hostOf, requestOf } from "./world.ts";
import type { Descriptors, Load } from "./world.ts";

const FOOTER = /processed \d+ insns .*\n$/;

export interface Judgement {
  readonly errno: number;
  /** The log without its footer. */
  readonly text: string;
  readonly structure?: Structure;
  /** Whether the verdict hung on memory that only the live kernel's caller has. */
  readonly readOutside: boolean;
}

export const withoutFooter = (log: string): string => log.replace(FOOTER, "");

export function judge(load: Load, descriptors: Descriptors, kernelBtf?: BtfFacts): Judgement {
  const host = hostOf(load, descriptors, kernelBtf);
  let readOutside = false;
  const log = new VerifierLog(load.logLevel ?? 1);
  const structure = checkStructure(requestOf(load), {
    ...host,
    fdAt(index) {
      const fd = host.fdAt(index);
      readOutside ||= fd === undefined;
      return fd;
    },
  }, log);
  const wrong = "errno" in structure;
  const text = withoutFooter(log.close(!wrong, NO_COUNTS, { microseconds: 0, stackDepths: [] }));
  return wrong ? { errno: structure.errno, text, readOutside } : { errno: 0, text, structure, readOutside };
}
