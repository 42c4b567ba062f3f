import type { LoadHost, LoadRequest, Verdict } from "../image.ts";
import { verifyWith } from "./verify.ts";
import { walk } from "./walk/index.ts";

/** Judges a program as PROG_LOAD does: errno, log, and what an engine needs to run it. */
export function verify(request: LoadRequest, host: LoadHost): Verdict {
  return verifyWith(walk, request, host);
}
