// The words of the command line.
import { parseArgs } from "node:util";
import { FULL, QUICK, type Scale } from "./harness/case.ts";

/** What the user asked for. */
export interface Options {
  only: string;
  targets: boolean;
  markdown: boolean;
  write: boolean;
  json: string | undefined;
  quick: boolean;
  isolate: boolean;
  node: string | undefined;
  against: string | undefined;
  pairs: number;
  scale: Scale;
}

/** Reads the words; throws for a wrong one. */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string", default: "" },
      targets: { type: "boolean", default: false },
      markdown: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      json: { type: "string" },
      quick: { type: "boolean", default: false },
      smoke: { type: "boolean", default: false },
      rounds: { type: "string" },
      isolate: { type: "boolean", default: false },
      node: { type: "string" },
      against: { type: "string" },
      pairs: { type: "string", default: "3" },
    },
  });
  const quick = values.quick || values.smoke;
  const scale = { ...(quick ? QUICK : FULL) };
  if (values.rounds !== undefined) scale.rounds = oddNumber("--rounds", values.rounds);
  if (values.write && (values.only !== "" || quick)) throw new Error("--write takes whole tables: not with --only or --quick");
  const { only, markdown, write, json, isolate, node, against } = values;
  const targets = values.targets || write || against !== undefined;
  return { only, targets, markdown, write, json, quick, isolate, node, against, pairs: oddNumber("--pairs", values.pairs), scale };
}

/** Odd, so that a median is a measurement. */
function oddNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number % 2 !== 1) throw new Error(`${option} takes an odd number, not "${text}"`);
  return number;
}
